internal import Glibc

extension Span<UInt8> {
    /// Returns the bytes as an array.
    public func copy() -> [UInt8] { unsafe withUnsafeBufferPointer { unsafe Array($0) } }

    /// Compares with other bytes in the order of LMDB's keys: byte by byte, a prefix first. The result is negative where these
    /// bytes come first, and zero where both are equal.
    public func order(_ other: Span<UInt8>) -> Int {
        let common = Swift.min(count, other.count)
        let difference = unsafe withUnsafeBufferPointer { these in
            unsafe other.withUnsafeBufferPointer { those in
                // An empty span has no address.
                guard common > 0, let left = these.baseAddress, let right = those.baseAddress else { return Int32(0) }
                return unsafe memcmp(left, right, common)
            }
        }
        return difference != 0 ? Int(difference) : count - other.count
    }
}
