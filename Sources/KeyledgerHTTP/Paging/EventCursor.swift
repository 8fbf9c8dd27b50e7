internal import Bytes
internal import KeyEvents

/// The position where a list of events goes on, opaque to whoever carries it.
struct EventCursor: Equatable, Sendable {
    let next: UInt64

    init(next: UInt64) { self.next = next }

    /// `nil` for anything but what `text` gives.
    init?(_ text: String) {
        guard let bytes = Base64URL.decode(text), bytes.count == 9, bytes[0] == Self.kind else { return nil }
        next = bytes.span.bigEndian(at: 1)
    }

    var text: String { Base64URL.encode([Self.kind] + next.bigEndianBytes) }

    /// Tells it from other cursors.
    private static let kind = UInt8(ascii: "e")
}
