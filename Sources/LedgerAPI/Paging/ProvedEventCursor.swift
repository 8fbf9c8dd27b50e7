internal import Bytes
internal import KeyEvents

/// The point at which a list of proved events continues: all its pages are proved against one checkpoint, that of `size`
/// records. It is opaque to clients.
package struct ProvedEventCursor: Equatable, Sendable {
    package let next: UInt64
    package let size: UInt64

    package init(next: UInt64, size: UInt64) {
        self.next = next
        self.size = size
    }

    /// Parses a cursor; `nil` for anything but what `text` returns.
    package init?(_ text: String) {
        guard let bytes = Base64URL.decode(text), bytes.count == 17, bytes[0] == Self.kind else { return nil }
        self.init(next: bytes.span.bigEndian(at: 1), size: bytes.span.bigEndian(at: 9))
        guard self.text == text else { return nil }
    }

    package var text: String { Base64URL.encode([Self.kind] + next.bigEndianBytes + size.bigEndianBytes) }

    /// The byte that distinguishes this cursor from others.
    private static let kind = UInt8(ascii: "p")
}
