internal import Bytes
internal import KeyEvents
package import Ledger

/// The customer's identity, in the header fields that the backend behind a gateway receives. All fields are always present and
/// never empty, so that no field that a customer sent can replace a missing one.
package struct AuthIdentity: Sendable {
    package static let nobody = AuthIdentity()

    package let headers: ResponseFields

    private init() { headers = Self.headers("-", "-", "-", "-") }

    package init(_ key: DecryptedKey) {
        headers = Self.headers(
            key.state.id.description, key.name.map(Self.encoded) ?? "-", key.state.accountID.description,
            key.state.scopes.isEmpty ? "-" : key.state.scopes.joined(separator: " "))
    }

    private static func headers(_ id: String, _ name: String, _ account: String, _ scopes: String) -> ResponseFields {
        [.keyID: id, .keyName: name, .accountID: account, .keyScopes: scopes]
    }

    /// Percent-encodes everything but the unreserved characters of RFC 3986 section 2.3. A name that is a hyphen is encoded
    /// too, because a hyphen stands for no name.
    private static func encoded(_ name: String) -> String {
        if name == "-" { return "%2D" }
        return name.utf8.map { byte in
            byte.isASCIILetterOrDigit || "-._~".utf8.contains(byte) ? String(UnicodeScalar(byte)) : "%" + byte.hex.uppercased()
        }.joined()
    }
}
