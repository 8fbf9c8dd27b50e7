internal import KeyEvents

extension JSONValue {
    /// Throws a problem when a text of the value, or a name in it, contains a key's secret. `path` and `name` say where the
    /// value is in the body.
    package func refuseSecrets(at path: String, _ name: String) throws(Problem) {
        switch self {
        case .null, .bool, .number: break
        case .string(let text):
            if let secret = MisplacedSecret(in: text) { throw .secret(secret, in: path + name) }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                // The path is built only for elements that need one of their own.
                if case .string(let text) = element, MisplacedSecret(in: text) == nil { continue }
                try element.refuseSecrets(at: path, "\(name)[\(index)]")
            }
        case .object(let fields):
            for field in fields {
                if let secret = MisplacedSecret(in: field.name) { throw .secret(secret, in: path + name) }
                try field.value.refuseSecrets(at: path, name)
            }
        }
    }
}
