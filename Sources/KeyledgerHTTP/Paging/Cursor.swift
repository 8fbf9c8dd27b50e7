internal import Foundation
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
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let base64 = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }) + padding
        guard let data = Data(base64Encoded: base64), let direction = data.first, let raw = Bytes16(data.dropFirst()) else { return nil }
        self.init(after: KeyID(raw), isDescending: direction == Self.descending)
        guard self.text == text else { return nil }
    }

    /// base64url without padding.
    var text: String {
        let bytes = [isDescending ? Self.descending : Self.ascending] + last.raw.bytes
        return String(Data(bytes).base64EncodedString().filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    private static let ascending = UInt8(ascii: "a")
    private static let descending = UInt8(ascii: "d")
}
