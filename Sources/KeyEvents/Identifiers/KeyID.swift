public import Bytes

/// Names a key for its whole life, through every rotation. UUIDv7 (RFC 9562), so ids sort by creation time.
/// Shown as `key_` and 32 lowercase hexadecimal digits: a double click selects all of it.
public struct KeyID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let raw: Bytes16

    /// Stands in an event that concerns no key; its record has an empty key id.
    public static let none = KeyID(Bytes16(high: 0, low: 0))

    public init(_ raw: Bytes16) { self.raw = raw }

    /// A UUIDv7 from the milliseconds of `now` and 74 of the given random bits.
    public init(at now: Timestamp, random: (UInt64, UInt64)) {
        let milliseconds = UInt64(max(0, now.microseconds / 1000)) & 0xFFFF_FFFF_FFFF
        raw = Bytes16(
            high: milliseconds << 16 | 0x7000 | random.0 & 0x0FFF,
            low: 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF)
    }

    /// `nil` unless `text` is exactly what `description` gives.
    public init?(_ text: some StringProtocol) {
        guard text.hasPrefix("key_"), let raw = Bytes16(hex: text.dropFirst(4)) else { return nil }
        self.raw = raw
    }

    public var description: String { "key_" + raw.hex }

    public static func < (a: Self, b: Self) -> Bool { a.raw < b.raw }
}
