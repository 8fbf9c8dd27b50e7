internal import Bytes
package import KeyEvents

/// The point at which a list of keys continues, opaque to clients. It contains the order: continuing in the other one would
/// repeat or skip keys.
package struct KeyCursor: Equatable, Sendable {
    package let last: KeyID
    package let isDescending: Bool

    package init(after last: KeyID, isDescending: Bool) {
        self.last = last
        self.isDescending = isDescending
    }

    /// Parses a cursor; `nil` for anything but what `text` returns.
    package init?(_ text: String) {
        guard let bytes = Base64URL.decode(text), let direction = bytes.first, let raw = Bytes16(bytes.dropFirst()) else { return nil }
        self.init(after: KeyID(raw), isDescending: direction == Self.descending)
        guard self.text == text else { return nil }
    }

    package var text: String { Base64URL.encode([isDescending ? Self.descending : Self.ascending] + last.raw.bytes) }

    private static let ascending = UInt8(ascii: "a")
    private static let descending = UInt8(ascii: "d")
}
