internal import Bytes
internal import KeyEvents

/// The position at which a list of events continues, opaque to clients.
package struct EventCursor: Equatable, Sendable {
    package let next: UInt64

    package init(next: UInt64) { self.next = next }

    /// Parses a cursor; `nil` for anything but what `text` returns.
    package init?(_ text: String) {
        guard let bytes = Base64URL.decode(text), bytes.count == 9, bytes[0] == Self.kind else { return nil }
        next = bytes.span.bigEndian(at: 1)
    }

    package var text: String { Base64URL.encode([Self.kind] + next.bigEndianBytes) }

    /// The byte that distinguishes this cursor from others.
    private static let kind = UInt8(ascii: "e")
}
