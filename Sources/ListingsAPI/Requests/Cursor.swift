internal import Foundation

/// Where a list goes on, opaque to whoever carries it.
struct Cursor: Equatable, Sendable {
    let sequence: Int64

    init(_ sequence: Int64) { self.sequence = sequence }

    /// `nil` for anything but what `text` gives.
    init?(_ text: String) {
        guard text.utf8.count <= 32, let data = Data(base64Encoded: text.replacing("-", with: "=")),
            let sequence = Int64(String(decoding: data, as: UTF8.self)), sequence > 0
        else { return nil }
        self.init(sequence)
        guard self.text == text else { return nil }
    }

    /// base64 of the number, whose digits give none of the characters that an address cannot hold; padded with dashes.
    var text: String { Data(String(sequence).utf8).base64EncodedString().replacing("=", with: "-") }
}
