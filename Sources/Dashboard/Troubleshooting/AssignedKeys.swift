internal import Bytes

/// The whole keys in a text, with the names of the variables that they are given to.
struct AssignedKeys: Equatable {
    /// A key that is given to a variable.
    struct Assignment: Equatable {
        /// The name of the variable; empty where the key is given to none.
        let name: String
        let key: String
        /// Whether PowerShell hides the key (`ConvertTo-SecureString`), so that no text is made of it.
        var isSecure = false
        /// Why the variable does not hold the key.
        var flaw: String?
        /// What else the variable holds, which not every program takes for a part of the key.
        var caveat: PastedRequest.Caveat?
    }

    private var assignments: [Assignment] = []
    /// The maximum number of keys that are looked at.
    private static let maxKeys = 50

    init() {}

    /// - Parameters:
    ///   - bytes: The text.
    ///   - prefix: The prefix of the service's keys.
    ///   - isCommand: Whether the text is for a shell, in which a variable is set otherwise than in programs.
    init(_ bytes: [UInt8], prefix: String, isCommand: Bool) {
        let keys = KeyCandidates(bytes, prefix: prefix)
        for start in keys.starts.prefix(Self.maxKeys) {
            let end = bytes.skip(from: start) { $0.isOfName }
            guard keys.isWhole(endingAt: end) else { continue }
            assignments.append(Self.assignment(bytes, start..<end, isCommand: isCommand))
        }
    }

    /// The parts of a line before a key: `export KEY = "`.
    private struct Line {
        /// What stands before the name.
        let before: String
        let name: String
        /// Whether a blank stands before the equals sign, or behind it.
        let isBlankBefore: Bool, isBlankBehind: Bool
        /// The quotation mark before the key.
        let quote: UInt8?
        /// Whether the name and the key are separated by an equals sign, and by nothing else.
        let isEquals: Bool
    }

    private static func assignment(_ bytes: [UInt8], _ range: Range<Int>, isCommand: Bool) -> Assignment {
        let key = bytes.text(range)
        let before = bytes[..<range.lowerBound].suffix(160)
        let start = before.lastIndex(of: .lineFeed).map { $0 + 1 } ?? before.startIndex
        if let name = secureName(before[start...]) { return Assignment(name: name, key: key, isSecure: true) }
        guard let line = line(before[start...]) else { return Assignment(name: "", key: key) }
        var assignment = Assignment(name: line.name, key: key)
        let lineEnd = bytes.lineEnd(from: range.upperBound, upTo: 400)
        if isCommand, line.isEquals { judge(&assignment, line, rest: bytes.text(range.upperBound..<lineEnd)) }
        return assignment
    }

    private static func line(_ before: ArraySlice<UInt8>) -> Line? {
        var rest = before
        let quote = rest.last.flatMap { $0.isQuote ? $0 : nil }
        if quote != nil { rest.removeLast() }
        let isBlankBehind = rest.last?.isBlank ?? false
        while rest.last?.isBlank ?? false { rest.removeLast() }
        guard let sign = rest.popLast(), sign == UInt8(ascii: "=") || sign == UInt8(ascii: ":") else { return nil }
        let isEquals = sign == UInt8(ascii: "=") && rest.last != UInt8(ascii: ":")
        if rest.last == UInt8(ascii: ":") { rest.removeLast() }
        let isBlankBefore = rest.last?.isBlank ?? false
        while rest.last.map({ $0.isBlank || $0.isQuote }) ?? false { rest.removeLast() }
        let name = rest.reversed().prefix { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }
        return Line(
            before: String(decoding: rest.dropLast(name.count), as: UTF8.self), name: String(decoding: name.reversed(), as: UTF8.self),
            isBlankBefore: isBlankBefore, isBlankBehind: isBlankBehind, quote: quote, isEquals: isEquals)
    }

    /// The name of the variable in `$token = ConvertTo-SecureString "`.
    private static func secureName(_ before: ArraySlice<UInt8>) -> String? {
        let text = Array(before)
        guard text.holds("convertto-securestring"), let equals = text.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        let name = text[..<equals].filter { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }
        return String(decoding: name, as: UTF8.self)
    }

    /// Says what a shell makes of the line other than was meant.
    private static func judge(_ assignment: inout Assignment, _ line: Line, rest: String) {
        let words = line.before.lowercased().split(separator: " ").map(String.init)
        let last = words.last ?? ""
        if last == "set" || last == "@set" || last.hasSuffix(">set") {
            if line.isBlankBefore {
                assignment.flaw =
                    "A space stands before the equals sign: the command prompt of Windows (cmd) makes it a part of the variable's name. Write"
                    + " set KEY=…, without spaces."
            } else if line.isBlankBehind {
                assignment.flaw =
                    "A space stands behind the equals sign: the command prompt of Windows (cmd) makes it a part of the value. Write set KEY=…,"
                    + " without spaces."
            } else if line.quote != nil {
                assignment.caveat = .init(
                    headline: "The variable holds quotation marks too.",
                    text:
                        "The command prompt of Windows (cmd) keeps the quotation marks of set KEY=\"…\" as a part of the value, and programs"
                        + " send them along. Write set \"KEY=…\", or no marks.")
            }
            return
        }
        // PowerShell and programs have spaces around the sign.
        let isDollar = line.before.hasSuffix("$") || last.hasSuffix("$env:")
        if line.before.hasSuffix("$"), !line.isBlankBefore, line.quote == nil {
            assignment.flaw = "A dollar sign stands before the name of the variable that is set: shells set it without one, as in KEY=…."
        } else if isDollar, line.quote == nil {
            assignment.flaw = "PowerShell takes a value without quotation marks for a command: write $env:KEY = \"…\"."
        }
        guard !isDollar, words.isEmpty || last == "export" || last == "$" else { return }
        if line.isBlankBefore || line.isBlankBehind {
            assignment.flaw =
                "A space stands beside the equals sign: the shell does not give the key to the variable. Write KEY=…, without spaces."
        } else if words.isEmpty, stands(assignment.name, inCommandBehind: rest) {
            assignment.flaw =
                "The variable is set in the same line, before the command: the shell puts its older value, or nothing, into the command. Set"
                + " it in a line of its own."
        }
    }

    /// Whether a command goes on behind a key in the same line, with the variable in it.
    private static func stands(_ name: String, inCommandBehind rest: String) -> Bool {
        guard rest.utf8.contains(.space), !name.isEmpty else { return false }
        let first = rest.utf8.drop { $0.isQuote || $0.isBlank }.first
        let isCommand = first.map { $0.isASCIILetter } ?? false
        return isCommand && (rest.contains("$" + name) || rest.contains("${" + name))
    }

    /// The key of the variable that has a name; `nil` where there is none.
    func key(named name: String) -> String? { name.isEmpty ? nil : assignments.last { $0.name == name }?.key }

    /// The assignment that an expression stands for.
    ///
    /// - Parameter expression: The text with the variable, such as `Bearer $KEY`.
    /// - Returns: The assignment of the variable; where none is named, that of the only key in the text; `nil` where that cannot be told.
    func assignment(in expression: String) -> Assignment? {
        let words = Set(expression.utf8.split { !($0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_")) }.map { String(Substring($0)) })
        let named = assignments.filter { words.contains($0.name) }
        let meant = named.isEmpty ? assignments : named
        return Set(meant.map(\.key)).count == 1 ? meant.last : nil
    }
}
