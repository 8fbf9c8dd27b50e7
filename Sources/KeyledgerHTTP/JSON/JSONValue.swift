/// A JSON text taken apart.
package enum JSONValue: Equatable, Sendable {
    package struct Field: Equatable, Sendable {
        package let name: String
        package let value: JSONValue
    }

    case null
    case bool(Bool)
    /// Only whole numbers are asked for anywhere; `nil` for one that is none, or needs more than 64 bits.
    case number(UInt64?)
    case string(String)
    case array([JSONValue])
    /// In the order of the text; each name once.
    case object([Field])

    /// For sentences that say what was found.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
