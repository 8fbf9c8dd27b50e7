internal import Bytes

/// The whole keys in a text, with the names of the variables that they are given to.
struct AssignedKeys: Equatable {
    private struct Assignment: Equatable {
        let name: String
        let key: String
    }

    private var assignments: [Assignment] = []
    /// The maximum number of keys that are looked at.
    private static let maxKeys = 50

    init() {}

    init(_ bytes: [UInt8], prefix: String) {
        let keys = KeyCandidates(bytes, prefix: prefix)
        for start in keys.starts.prefix(Self.maxKeys) {
            let end = bytes.skip(from: start) { $0.isOfName }
            guard keys.isWhole(endingAt: end) else { continue }
            assignments.append(Assignment(name: Self.name(bytes, before: start), key: bytes.text(start..<end)))
        }
    }

    /// The name of the variable that is given what begins at an index; empty where it is given to none.
    private static func name(_ bytes: [UInt8], before start: Int) -> String {
        let before = bytes[..<start].suffix(64)
        let signs = before.reversed().prefix { $0.isBlank || $0.isQuote || $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ":") }
        guard signs.contains(UInt8(ascii: "=")) || signs.contains(UInt8(ascii: ":")) else { return "" }
        let name = before.dropLast(signs.count).reversed().prefix { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }
        return String(decoding: name.reversed(), as: UTF8.self)
    }

    /// The key that an expression stands for.
    ///
    /// - Parameter expression: The text with the variable, such as `Bearer $KEY`.
    /// - Returns: The key of the variable; where none is named, the only key in the text; `nil` where that cannot be told.
    func key(in expression: String) -> String? {
        let words = Set(expression.utf8.split { !($0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_")) }.map { String(Substring($0)) })
        let named = Set(assignments.filter { words.contains($0.name) }.map(\.key))
        let keys = named.isEmpty ? Set(assignments.map(\.key)) : named
        return keys.count == 1 ? keys.first : nil
    }
}
