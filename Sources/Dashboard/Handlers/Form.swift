internal import Bytes
internal import Foundation
internal import KeyEvents

/// The names and values of a form or a query (`application/x-www-form-urlencoded`).
struct Form: Sendable {
    private let fields: [(name: String, value: String)]

    init(_ text: String) {
        // The text is split by bytes, because a combining mark behind a separator makes another character of it.
        fields = text.utf8.split(separator: UInt8(ascii: "&")).compactMap { pair in
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), let value = parts.count == 2 ? Self.decode(parts[1]) : "" else { return nil }
            return (name, value)
        }
    }

    /// The first value of a name.
    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The reason that the user gave; `nil` when the field is empty.
    var reason: String? { (self["reason"]?.trimmingWhiteSpace).flatMap { $0.isEmpty ? nil : $0 } }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The first secret of a key in a field that is not meant to contain one.
    func misplacedSecret(except secrets: [String]) -> MisplacedSecret? {
        for field in fields where !secrets.contains(field.name) {
            // These fields contain random texts, which may look like a part of a secret.
            let isToken = ["csrf", "commandId", "token", "next"].contains(field.name)
            if let secret = MisplacedSecret(in: field.name) ?? MisplacedSecret(in: field.value, isWhole: isToken) { return secret }
        }
        return nil
    }

    private static func decode(_ text: Substring.UTF8View) -> String? {
        String(decoding: text.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }, as: UTF8.self).removingPercentEncoding
    }

    /// Encodes text for the value of a query parameter.
    static func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }

    private static let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
