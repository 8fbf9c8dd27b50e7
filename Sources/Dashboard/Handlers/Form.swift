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

    /// Creates a form that is filled in before anybody has seen it.
    init(fields: [(name: String, value: String)]) { self.fields = fields }

    /// The first value of a name.
    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The reason that the user gave; `nil` when the field is empty.
    var reason: String? { (self["reason"]?.trimmingWhiteSpace).flatMap { $0.isEmpty ? nil : $0 } }

    /// The size of all names and values in bytes.
    var byteCount: Int { fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count } }

    /// Returns the form without the fields of these names.
    func without(_ names: Set<String>) -> Form { Form(fields: fields.filter { !names.contains($0.name) }) }

    var isEmpty: Bool { fields.isEmpty }

    /// Returns the names and values in their order, apart from those of some names.
    func fields(except names: [String]) -> [(name: String, value: String)] { fields.filter { !names.contains($0.name) } }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The secret of a key in a form, which no field but some may contain.
    struct FoundSecret {
        let field: String
        let secret: MisplacedSecret
        /// The form with the fields emptied that contain a secret.
        var rest: Form
    }

    /// Finds the secrets of keys in the fields that are not meant to contain any. The result is `nil` where there is none.
    ///
    /// - Parameters:
    ///   - secrets: The names of the fields that may contain a secret.
    ///   - find: Finds a secret in a text.
    /// - Returns: The first secret.
    /// - Throws: What `find` throws.
    func misplacedSecret(
        except secrets: [String], _ find: (String) throws -> MisplacedSecret?
    ) rethrows -> FoundSecret? {
        var first: (field: String, secret: MisplacedSecret)?
        var rest: [(name: String, value: String)] = []
        for field in fields {
            // These fields contain random texts, which may look like a part of a secret.
            let isToken = ["csrf", "commandId", "token", "next"].contains(field.name)
            if let secret = try find(field.name) {
                first = first ?? (field.name, secret)
            } else if !secrets.contains(field.name),
                let secret = isToken ? MisplacedSecret(in: field.value, isWhole: true) : try find(field.value)
            {
                first = first ?? (field.name, secret)
                // The field stays, since those of a name and of a value belong together by their order.
                rest.append((field.name, ""))
            } else {
                rest.append(field)
            }
        }
        return first.map { FoundSecret(field: $0.field, secret: $0.secret, rest: Form(fields: rest)) }
    }

    /// The label of a field on the pages; `nil` for a field that has none, whose name may be anything.
    static func label(of field: String) -> String? {
        switch field {
        case "name": "Name"
        case "accountId": "Account"
        case "reason": "Reason"
        case "scope": "Scopes"
        case "moreScopes": "Other scopes"
        case "environment": "Environment"
        case "expiry", "expiresOn": "Expiry"
        case "addresses", "ipAllowlist": "Allowed addresses"
        case "metadataName", "metadataValue": "Metadata"
        case "newAccountId": "Id of the new account"
        case "account": "Account"
        case "scopes": "Scopes that the call needs"
        case "address": "Address that the call comes from"
        default: nil
        }
    }

    private static func decode(_ text: Substring.UTF8View) -> String? {
        PercentEncoding.decoded(String(decoding: text.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }, as: UTF8.self))
    }

    /// Encodes text for the value of a query parameter.
    static func encode(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }

    private static let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
