public import Bytes

/// The id of a key for its whole life, through every rotation. It is a UUIDv7 (RFC 9562 section 5.7), so ids sort by the time of
/// creation. It is shown as `key_` and 32 lowercase hexadecimal digits, so that a double click selects all of it.
public struct KeyID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The sixteen bytes of the UUID.
    public let raw: Bytes16

    /// The id that stands in an event that concerns no key: sixteen zero bytes. Its record has an empty key id.
    public static let none = KeyID(Bytes16(high: 0, low: 0))

    /// Creates the id from its sixteen bytes.
    public init(_ raw: Bytes16) { self.raw = raw }

    /// Creates a UUIDv7.
    ///
    /// - Parameters:
    ///   - now: The time of creation. Its milliseconds are the first 48 bits; a time before 1970 counts as 1970.
    ///   - random: 128 random bits, of which 74 are used.
    public init(at now: Timestamp, random: (UInt64, UInt64)) {
        let milliseconds = UInt64(max(0, now.microseconds / 1000)) & 0xFFFF_FFFF_FFFF
        raw = Bytes16(
            high: milliseconds << 16 | 0x7000 | random.0 & 0x0FFF,
            low: 0x8000_0000_0000_0000 | random.1 & 0x3FFF_FFFF_FFFF_FFFF)
    }

    /// Reads an id from its text. The result is `nil` for any other text.
    ///
    /// - Parameter text: `key_` and 32 lowercase hexadecimal digits, as `description` writes them.
    public init?(_ text: some StringProtocol) {
        guard text.hasPrefix("key_"), let raw = Bytes16(hex: text.dropFirst(4)) else { return nil }
        self.raw = raw
    }

    /// The text of the id: `key_` and 32 lowercase hexadecimal digits.
    public var description: String { "key_" + raw.hex }

    /// Orders ids by their bytes, and so by the time of creation.
    public static func < (a: Self, b: Self) -> Bool { a.raw < b.raw }
}
