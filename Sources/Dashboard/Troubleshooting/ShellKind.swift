internal import Bytes

/// The shells that differ in how they take a command apart: what continues a line, what quotes, and how variables are written.
enum ShellKind: Equatable {
    /// The shells of Unix, such as bash.
    case posix
    /// The command prompt of Windows (`cmd`).
    case commandPrompt
    case powerShell

    /// Tells the shell that a command is written for, by the prompt before it, or by other lines of the text.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - line: The index of the beginning of the command's line.
    ///   - index: The index of the command.
    /// - Returns: The shell; `nil` where the text does not tell it, or tells several.
    static func of(_ bytes: [UInt8], line: Int, to index: Int) -> ShellKind? {
        if let kind = ofPrompt(bytes, line: line, to: index) { return kind }
        var kinds: Set<ShellKind> = []
        var start = 0
        while start < bytes.count, kinds.count < 2 {
            let end = bytes.lineEnd(from: start)
            if let kind = ofLine(bytes, start, end) { kinds.insert(kind) }
            start = end + 1
        }
        return kinds.count == 1 ? kinds.first : nil
    }

    /// The shell whose prompt stands before a command; `nil` where none does.
    static func ofPrompt(_ bytes: [UInt8], line: Int, to index: Int) -> ShellKind? {
        guard index > line, index - line <= 300 else { return nil }
        if WindowsPrompt.stands(in: bytes, from: line, to: index) { return .commandPrompt }
        let prompt = bytes.text(line..<index).trimmingWhiteSpace
        if prompt == "PS>" || prompt.hasPrefix("PS "), prompt.hasSuffix(">") { return .powerShell }
        return prompt.hasSuffix("$") ? .posix : nil
    }

    /// The shell whose own words a line begins with.
    private static func ofLine(_ bytes: [UInt8], _ start: Int, _ end: Int) -> ShellKind? {
        var index = bytes.skip(from: start, upTo: end - start) { $0.isBlank }
        if bytes.has("ps ", at: index) || bytes.has("ps>", at: index) {
            let mark = bytes.skip(from: index, upTo: 300) { $0 != UInt8(ascii: ">") && $0 != .lineFeed }
            if mark < end, bytes[mark] == UInt8(ascii: ">") { return .powerShell }
        }
        if index + 2 < end, bytes[index].isASCIILetter, bytes.has(":\\", at: index + 1) {
            let mark = bytes.skip(from: index, upTo: 300) { $0 != UInt8(ascii: ">") && $0 != .lineFeed }
            if mark < end, bytes[mark] == UInt8(ascii: ">") { index = bytes.skip(from: mark + 1) { $0.isBlank } }
            return mark < end ? .commandPrompt : nil
        }
        if bytes.has("$ ", at: index) { return .posix }
        let line = bytes.text(index..<Swift.min(end, index + 80)).lowercased()
        if line.hasPrefix("@echo ") || line.hasPrefix("setx ") || Self.sets(line, "set ") || Self.sets(line, "@set ") {
            return .commandPrompt
        }
        if line.hasPrefix("#!/") || Self.sets(line, "export ") { return .posix }
        if ["$env:", "invoke-", "write-host", "convertto-", "irm ", "iwr "].contains(where: line.hasPrefix) { return .powerShell }
        return isPowerShellAssignment(bytes, index, end) ? .powerShell : nil
    }

    /// Whether a line gives a variable a value with a command.
    private static func sets(_ line: String, _ command: String) -> Bool {
        guard line.hasPrefix(command) else { return false }
        let rest = line.utf8.dropFirst(command.utf8.count).drop { $0 == UInt8(ascii: "\"") || $0 == .space }
        let name = rest.prefix { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }
        return !name.isEmpty && rest.dropFirst(name.count).first { $0 != .space } == UInt8(ascii: "=")
    }

    /// Whether a line gives a variable a value as PowerShell does: `$key = …`.
    private static func isPowerShellAssignment(_ bytes: [UInt8], _ index: Int, _ end: Int) -> Bool {
        guard index < end, bytes[index] == UInt8(ascii: "$") else { return false }
        let name = bytes.skip(from: index + 1) { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }
        let equals = bytes.skip(from: name) { $0.isBlank }
        guard name > index + 1, equals < end, bytes[equals] == UInt8(ascii: "=") else { return false }
        let value = bytes.skip(from: equals + 1) { $0.isBlank }
        return value < end && (bytes[value].isQuote || equals > name || bytes[value] == UInt8(ascii: "@"))
    }

    /// What continues a line.
    var continuation: UInt8 {
        switch self {
        case .posix: .backslash
        case .commandPrompt: UInt8(ascii: "^")
        case .powerShell: UInt8(ascii: "`")
        }
    }

    /// The name of the shell, as it is shown.
    var shown: String {
        switch self {
        case .posix: "The shell"
        case .commandPrompt: "The command prompt of Windows (cmd)"
        case .powerShell: "PowerShell"
        }
    }

    /// What is said of a line that is continued with another shell's sign.
    var continuationRemedy: String {
        switch self {
        case .posix: "a backslash (\\)"
        case .commandPrompt: "a caret (^)"
        case .powerShell: "a backtick (`)"
        }
    }

    /// Why a variable that is written in a value stays as it is in this shell; `nil` where the shell replaces it, or none stands there.
    func variableFlaw(in value: String) -> String? {
        let isPercent = WindowsPrompt.holdsVariable(value)
        let hasDollar = value.utf8.contains(UInt8(ascii: "$")) && Placeholder.holdsVariable(value)
        switch self {
        case .commandPrompt where hasDollar && !isPercent:
            return "The command prompt of Windows (cmd) does not replace $KEY: the name is sent and not the key. Write %KEY% there."
        case .posix where isPercent && !hasDollar:
            return
                "%KEY% is how the command prompt of Windows writes a variable; this shell sends it as it stands. Write $KEY, in double quotes."
        case .powerShell where isPercent && !hasDollar:
            return
                "%KEY% is how the command prompt of Windows (cmd) writes a variable; PowerShell sends it as it stands. Write $env:KEY, in"
                + " double quotes."
        default: return nil
        }
    }
}
