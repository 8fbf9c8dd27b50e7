/// Eight bytes, the most significant first: numbers in this form sort as LMDB sorts keys.
public struct BigEndianKey: Sendable {
    public let storage: [8 of UInt8]

    @inlinable
    public init(_ number: UInt64) {
        storage = [8 of UInt8] { index in UInt8(truncatingIfNeeded: number >> UInt64(56 - index * 8)) }
    }
}

extension Span<UInt8> {
    /// The number in the eight bytes from `offset` on, the most significant first. Traps beyond the end.
    @inlinable
    public func bigEndian(at offset: Int = 0) -> UInt64 {
        var number: UInt64 = 0
        for index in offset..<offset + 8 { number = number << 8 | UInt64(self[index]) }
        return number
    }
}
