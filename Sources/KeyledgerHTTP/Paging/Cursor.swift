internal import Bytes
internal import KeyEvents

/// Where a list goes on, opaque to whoever carries it. The order is in it: going on in the other would repeat or leave out keys.
struct Cursor: Equatable, Sendable {
    let last: KeyID
    let isDescending: Bool

    init(after last: KeyID, isDescending: Bool) {
        self.last = last
        self.isDescending = isDescending
    }

    /// `nil` for anything but what `text` gives.
    init?(_ text: String) {
        guard let bytes = Base64URL.decode(text), let direction = bytes.first, let raw = Bytes16(bytes.dropFirst()) else { return nil }
        self.init(after: KeyID(raw), isDescending: direction == Self.descending)
        guard self.text == text else { return nil }
    }

    var text: String { Base64URL.encode([isDescending ? Self.descending : Self.ascending] + last.raw.bytes) }

    private static let ascending = UInt8(ascii: "a")
    private static let descending = UInt8(ascii: "d")
}
