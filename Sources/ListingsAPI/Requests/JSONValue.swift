internal import Foundation

/// A parsed JSON value.
enum JSONValue: Decodable, Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number with a fraction, or one that is too large for 64 bits.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The maximum depth of nesting. No request is nested as deeply; the limit bounds the stack.
    private static let maximumDepth = 16

    /// Parses a text. Throws a problem when it is not UTF-8 or not JSON.
    init(parsing bytes: Data) throws(Problem) {
        // The decoder would accept UTF-16 too, but the description requires UTF-8.
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else { throw .invalidJSON("it is not UTF-8.") }
        guard !Self.isTooDeep(bytes) else { throw .invalidJSON("it is nested more than \(Self.maximumDepth) levels deep.") }
        do {
            self = try JSONDecoder().decode(JSONValue.self, from: bytes)
        } catch {
            throw .invalidJSON(bytes.isEmpty ? "it is empty." : "it cannot be read.")
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .string(text)
        } else if let whole = try? container.decode(Int64.self) {
            self = .integer(whole)
        } else if let flag = try? container.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let fields = try? container.decode([String: JSONValue].self) {
            self = .object(fields)
        } else {
            self = .array(try container.decode([JSONValue].self))
        }
    }

    /// The kind of the value, for sentences that say what was found.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }

    private static func isTooDeep(_ bytes: Data) -> Bool {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = isInString
            case UInt8(ascii: "\""): isInString.toggle()
            case UInt8(ascii: "["), UInt8(ascii: "{"): if !isInString { depth += 1 }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): if !isInString { depth -= 1 }
            default: break
            }
            if depth > maximumDepth { return true }
        }
        return false
    }
}
