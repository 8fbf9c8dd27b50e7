internal import Bytes
internal import Foundation
internal import KeyEvents

/// Names and values as a form sends them, or as they stand behind the question mark (`application/x-www-form-urlencoded`).
struct Form: Sendable {
    private let fields: [(name: String, value: String)]

    init(_ text: some StringProtocol) {
        fields = text.split(separator: "&").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), let value = parts.count == 2 ? Self.decode(parts[1]) : "" else { return nil }
            return (name, value)
        }
    }

    /// The first value of that name.
    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// What somebody wrote to say why; `nil`: nothing.
    var reason: String? { (self["reason"]?.trimmingWhiteSpace).flatMap { $0.isEmpty ? nil : $0 } }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The first secret of a key in a field that is not meant to hold one.
    func misplacedSecret(except secrets: [String]) -> MisplacedSecret? {
        for field in fields where !secrets.contains(field.name) {
            // Random texts, which may look like a piece of one.
            let isToken = ["csrf", "commandId", "token", "next"].contains(field.name)
            if let secret = MisplacedSecret(in: field.name) ?? MisplacedSecret(in: field.value, isWhole: isToken) { return secret }
        }
        return nil
    }

    private static func decode(_ text: Substring.SubSequence) -> String? {
        String(decoding: text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }, as: UTF8.self).removingPercentEncoding
    }

    private static func decode(_ text: some StringProtocol) -> String? { decode(Substring(text)) }

    /// For the value of a parameter in an address.
    static func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }

    private static let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
