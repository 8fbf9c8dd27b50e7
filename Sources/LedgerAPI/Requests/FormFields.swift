internal import Bytes
internal import KeyEvents

/// The fields of a body of the type `application/x-www-form-urlencoded` (WHATWG URL, section 5.1). No field may contain a key's
/// secret except those that are meant to, and no name.
package struct FormFields {
    private let fields: [(name: String, value: String)]

    /// Parses the body. `secrets` are the fields that may contain a key's secret, `prefix` is that of the ledger's secrets. Throws a problem for text that is not
    /// percent-encoded UTF-8, and for a secret that is out of place.
    package init(_ text: String, secrets: [String], prefix: String?) throws(Problem) {
        var fields: [(name: String, value: String)] = []
        // The text is split by bytes, because a combining mark behind a separator makes another character of it.
        for part in text.utf8.split(separator: UInt8(ascii: "&")) {
            let pair = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(Substring(pair[0])), let value = pair.count > 1 ? Self.decoded(Substring(pair[1])) : "" else {
                throw Problem(.invalidField, "The body has a field that is not percent-encoded UTF-8.")
            }
            if let secret = MisplacedSecret(in: name, prefix: prefix) { throw .secret(secret, in: nil) }
            if !secrets.contains(name), let secret = MisplacedSecret(in: value, prefix: prefix) { throw .secret(secret, in: name) }
            fields.append((name, value))
        }
        self.fields = fields
    }

    package func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Decodes a name or a value; `nil` when it is not percent-encoded UTF-8.
    package static func decoded(_ text: Substring) -> String? {
        let spaced = String(decoding: text.utf8.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
        return spaced.utf8.contains(UInt8(ascii: "%")) ? PercentEncoding.decoded(spaced) : spaced
    }
}
