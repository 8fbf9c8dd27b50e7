/// A parsed JSON value.
package enum JSONValue: Equatable, Sendable {
    /// One member of an object.
    package struct Field: Equatable, Sendable {
        /// The name of the member.
        package let name: String
        /// The value of the member.
        package let value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    /// The literal `null`.
    case null
    /// The literals `true` and `false`.
    case bool(Bool)
    /// A number; `nil` for one that is not whole, is negative, or needs more than 64 bits, because no field takes such a
    /// number.
    case number(UInt64?)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object, with its members in the order of the text; each name occurs once.
    case object([Field])

    /// The kind of the value, for sentences that say what was found.
    package var kind: String {
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
