internal import KeyEvents

extension JSONValue {
    /// Throws a problem when a text of the value, or a name in it, contains a key's secret. `path` and `name` say where the
    /// value is in the body. `prefix` is that of the ledger's secrets, where it is known.
    package func refuseSecrets(at path: String, _ name: String, prefix: String?) throws(Problem) {
        switch self {
        case .null, .bool, .number: break
        case .string(let text):
            if let secret = MisplacedSecret(in: text, prefix: prefix) { throw .secret(secret, in: path + name) }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                // The path is built only for elements that need one of their own.
                if case .string(let text) = element, MisplacedSecret(in: text, prefix: prefix) == nil { continue }
                try element.refuseSecrets(at: path, "\(name)[\(index)]", prefix: prefix)
            }
        case .object(let fields):
            for field in fields {
                if let secret = MisplacedSecret(in: field.name, prefix: prefix) { throw .secret(secret, in: path + name) }
                try field.value.refuseSecrets(at: path, name, prefix: prefix)
            }
        }
    }
}
