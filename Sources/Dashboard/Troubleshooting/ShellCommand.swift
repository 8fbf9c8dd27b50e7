internal import Bytes

/// The words of a command line, as a shell hands them to the program.
struct ShellCommand {
    struct Word {
        var bytes: [UInt8] = []
        /// Whether the shell puts something in the place of a part of the word: a variable, or what a command prints.
        var isComputed = false
        /// Whether a variable stands in single quotes, where the shell leaves it as it is.
        var hasIdleVariable = false
        /// Whether single quotes stand around the word, or a part of it.
        var isSingleQuoted = false
        /// Whether double quotes do.
        var isDoubleQuoted = false

        var text: String { String(decoding: bytes, as: UTF8.self) }

        /// The name of the variable that the word is and nothing else; `nil` for other words.
        var variable: String? {
            guard isComputed, bytes.first == UInt8(ascii: "$") else { return nil }
            let isBraced = bytes.count > 3 && bytes[1] == UInt8(ascii: "{") && bytes.last == UInt8(ascii: "}")
            let name = isBraced ? bytes[2..<(bytes.count - 1)] : bytes[1...]
            guard !name.isEmpty, name.allSatisfy({ $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }) else { return nil }
            return String(decoding: name, as: UTF8.self)
        }
    }

    private(set) var words: [Word] = []
    /// The index behind the command.
    private(set) var end: Int
    /// Whether a quotation mark is opened and never closed.
    private(set) var isUnclosed = false

    /// The signs that continue lines of the command, outside of quotation marks.
    private(set) var continuations: Set<UInt8> = []

    /// Whether the command is written for the shell of Windows, in which `^` is what a backslash is elsewhere.
    let hasCarets: Bool

    private var word: Word?

    /// Reads the command that begins at an index and ends with its line. A backslash at the end of a line (in other shells `^` or
    /// a backtick) continues it.
    init(_ bytes: [UInt8], from start: Int) {
        end = start
        hasCarets = Self.hasCarets(bytes, from: start)
        while end < bytes.count {
            let byte = bytes[end]
            let next = end + 1 < bytes.count ? bytes[end + 1] : nil
            switch byte {
            case .lineFeed:
                endWord()
                return
            case UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"):
                let isEscape = byte == .backslash || (byte == UInt8(ascii: "^") && hasCarets)
                if let next, next == .lineFeed {
                    continuations.insert(byte)
                    end += 2
                } else if isEscape, let next {
                    if byte == .backslash { append(next) }
                    end += byte == .backslash ? 2 : 1
                } else {
                    append(byte)
                    if byte == UInt8(ascii: "`") { word?.isComputed = true }
                    end += 1
                }
            case UInt8(ascii: "'"): readSingleQuoted(bytes)
            case UInt8(ascii: "\""): readDoubleQuoted(bytes)
            case UInt8(ascii: "$"):
                if next == UInt8(ascii: "'") {
                    readEscapedQuoted(bytes)
                } else {
                    readVariable(bytes)
                }
            case UInt8(ascii: ";"), UInt8(ascii: "|"):
                endWord()
                return
            case UInt8(ascii: "&") where word == nil || next == byte, UInt8(ascii: ">") where word == nil,
                UInt8(ascii: "#") where word == nil:
                endWord()
                end = bytes.lineEnd(from: end)
                return
            case _ where byte.isBlank:
                endWord()
                end += 1
            default:
                append(byte)
                end += 1
            }
        }
        endWord()
    }

    /// The shell whose sign continues the lines of the command; `nil` where none or several do.
    var shell: ShellKind? {
        let shells = [ShellKind.posix, .commandPrompt, .powerShell].filter { continuations.contains($0.continuation) }
        return shells.count == 1 ? shells[0] : nil
    }

    private static func hasCarets(_ bytes: [UInt8], from start: Int) -> Bool {
        let end = bytes.lineEnd(from: start)
        return (start..<end).contains { bytes[$0] == UInt8(ascii: "^") && ($0 + 1 == end || bytes[$0 + 1] == UInt8(ascii: "\"")) }
    }

    private mutating func append(_ byte: UInt8) {
        if word == nil { word = Word() }
        word?.bytes.append(byte)
    }

    private mutating func endWord() {
        if let word { words.append(word) }
        word = nil
    }

    private mutating func readSingleQuoted(_ bytes: [UInt8]) {
        if word == nil { word = Word() }
        word?.isSingleQuoted = true
        end += 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "'") {
            if bytes[end] == UInt8(ascii: "$") { word?.hasIdleVariable = true }
            append(bytes[end])
            end += 1
        }
        isUnclosed = isUnclosed || end == bytes.count
        end = min(end + 1, bytes.count)
    }

    /// Reads `$'…'`, in which backslashes escape.
    private mutating func readEscapedQuoted(_ bytes: [UInt8]) {
        if word == nil { word = Word() }
        end += 2
        while end < bytes.count, bytes[end] != UInt8(ascii: "'") {
            if bytes[end] == .backslash, end + 1 < bytes.count { end += 1 }
            append(bytes[end])
            end += 1
        }
        isUnclosed = isUnclosed || end == bytes.count
        end = min(end + 1, bytes.count)
    }

    private mutating func readDoubleQuoted(_ bytes: [UInt8]) {
        if word == nil { word = Word() }
        word?.isDoubleQuoted = true
        end += 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") {
            let next = end + 1 < bytes.count ? bytes[end + 1] : nil
            if bytes[end] == .backslash, let next, next == .lineFeed {
                end += 2
            } else if bytes[end] == .backslash, let next, next.isQuote || next == .backslash || next == UInt8(ascii: "$") {
                append(next)
                end += 2
            } else if bytes[end] == UInt8(ascii: "^"), hasCarets {
                end += 1
            } else if bytes[end] == UInt8(ascii: "$") {
                readVariable(bytes)
            } else {
                if bytes[end] == UInt8(ascii: "`") { word?.isComputed = true }
                append(bytes[end])
                end += 1
            }
        }
        isUnclosed = isUnclosed || end >= bytes.count
        end = min(end + 1, bytes.count)
    }

    /// Reads `$KEY`, `${KEY}` or `$(command)`, and keeps it as it is written.
    private mutating func readVariable(_ bytes: [UInt8]) {
        append(bytes[end])
        end += 1
        guard end < bytes.count else { return }
        let opening = bytes[end]
        guard opening == UInt8(ascii: "(") || opening == UInt8(ascii: "{") else {
            if opening.isASCIILetter || opening == UInt8(ascii: "_") { word?.isComputed = true }
            return
        }
        word?.isComputed = true
        let closing = opening == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "}")
        while end < bytes.count, bytes[end] != closing, bytes[end] != .lineFeed {
            append(bytes[end])
            end += 1
        }
        guard end < bytes.count, bytes[end] == closing else { return }
        append(closing)
        end += 1
    }
}
