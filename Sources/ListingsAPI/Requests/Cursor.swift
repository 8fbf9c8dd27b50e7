internal import Foundation

/// The point at which a list continues, opaque to clients.
struct Cursor: Equatable, Sendable {
    let sequence: Int64

    init(_ sequence: Int64) { self.sequence = sequence }

    /// Parses a cursor; `nil` for anything but what `text` returns.
    init?(_ text: String) {
        guard text.utf8.count <= 32, let data = Data(base64Encoded: text.replacing("-", with: "=")),
            let sequence = Int64(String(decoding: data, as: UTF8.self)), sequence > 0
        else { return nil }
        self.init(sequence)
        guard self.text == text else { return nil }
    }

    /// The cursor as text: base64 of the number, which contains no characters that an address cannot contain, padded with
    /// dashes.
    var text: String { Data(String(sequence).utf8).base64EncodedString().replacing("=", with: "-") }
}
