internal import Foundation

/// The point at which a list continues, opaque to clients: a sequence number in base64, padded with dashes, which an address can
/// contain.
struct ListingCursor: Sendable {
    let sequence: Int64

    var text: String { Data(String(sequence).utf8).base64EncodedString().replacing("=", with: "-") }
}

extension ListingCursor {
    /// Parses a cursor; `nil` for anything but what `text` returns.
    init?(_ text: String) {
        guard let data = Data(base64Encoded: text.replacing("-", with: "=")), let sequence = Int64(String(decoding: data, as: UTF8.self)),
            sequence > 0
        else { return nil }
        self.init(sequence: sequence)
        guard self.text == text else { return nil }
    }
}
