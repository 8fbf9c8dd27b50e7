/// An inline value of eight bytes, the most significant first: numbers in this form sort as LMDB sorts keys.
package struct BigEndianKey: Sendable {
    /// The eight bytes of the number.
    package let storage: [8 of UInt8]

    @inlinable
    package init(_ number: UInt64) {
        storage = [8 of UInt8] { index in UInt8(truncatingIfNeeded: number >> UInt64(56 - index * 8)) }
    }
}
