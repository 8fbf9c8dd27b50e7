internal import Glibc

extension Span<UInt8> {
    public func copy() -> [UInt8] { unsafe withUnsafeBufferPointer { unsafe Array($0) } }

    /// Against other bytes as LMDB orders keys: byte by byte, a prefix first. Negative where these come first, zero where both are alike.
    public func order(_ other: Span<UInt8>) -> Int {
        let common = Swift.min(count, other.count)
        let difference = unsafe withUnsafeBufferPointer { these in
            unsafe other.withUnsafeBufferPointer { those in
                // Of no bytes there is no address.
                guard common > 0, let left = these.baseAddress, let right = those.baseAddress else { return Int32(0) }
                return unsafe memcmp(left, right, common)
            }
        }
        return difference != 0 ? Int(difference) : count - other.count
    }
}
