internal import Bytes

/// The brackets of a program, with what is called before them and the names that their contents are given to. It holds for the languages
/// that write calls, lists and members alike; texts in quotation marks and comments are left out.
struct ProgramOutline {
    struct Bracket {
        let sign: UInt8
        let open: Int
        var close: Int
        /// The bracket that this one stands in.
        let parent: Int?
        /// What stands directly before the bracket, such as `requests.post`, with points between its parts.
        let callee: [String]
        /// The name that the contents have: of a member, of an argument, or of a variable.
        let name: String?
        /// Whether the bracket begins the body of a function, or another block of statements.
        let isBlock: Bool
        /// Whether the name is that of a variable, which stands for the contents elsewhere.
        let isVariable: Bool
        /// The places of the commas that stand between the contents.
        var commas: [Int] = []

        /// The number of an argument, or of a member, that stands at an index; from 0.
        func argument(at index: Int) -> Int { commas.count { $0 < index } }
    }

    private let bytes: [UInt8]
    private(set) var brackets: [Bracket] = []
    /// The texts in quotation marks, without their marks, in order.
    private(set) var strings: [Range<Int>] = []
    /// The comments, in order.
    private(set) var comments: [Range<Int>] = []
    /// How many comments that are never closed were met: looking for their ends takes long.
    private var endlessComments = 0
    private static let maxEndlessComments = 20
    private static let maxBrackets = 4000
    private static let maxStringBytes = 8192

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var open: [Int] = []
        var index = 0
        while index < bytes.count, brackets.count < Self.maxBrackets {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
                if let end = stringEnd(at: index) {
                    strings.append((index + 1)..<end)
                    index = end
                }
            case UInt8(ascii: "/"), UInt8(ascii: "#"):
                if let end = commentEnd(at: index) {
                    comments.append(index..<end)
                    index = end - 1
                } else if bytes.has("/* ", at: index) {
                    endlessComments += 1
                }
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                let callee = callee(before: index)
                let (name, isVariable) = name(before: callee.start, parent: open.last.map { brackets[$0] })
                brackets.append(
                    Bracket(
                        sign: byte, open: index, close: bytes.count, parent: open.last, callee: callee.parts, name: name,
                        isBlock: isBlock(byte, at: index), isVariable: isVariable))
                open.append(brackets.count - 1)
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                // A bracket that was never closed ends with the one around it.
                if let place = open.suffix(4).lastIndex(where: { brackets[$0].sign == Self.opening(of: byte) }) {
                    for bracket in open[place...] { brackets[bracket].close = index }
                    open.removeSubrange(place...)
                }
            case UInt8(ascii: ","):
                if let last = open.last { brackets[last].commas.append(index) }
            default: break
            }
            index += 1
        }
    }

    private static func opening(of closing: UInt8) -> UInt8 {
        closing == UInt8(ascii: ")") ? UInt8(ascii: "(") : closing == UInt8(ascii: "]") ? UInt8(ascii: "[") : UInt8(ascii: "{")
    }

    /// Whether a bracket at an index begins a block of statements: it is a brace behind a parenthesis or an arrow.
    private func isBlock(_ byte: UInt8, at index: Int) -> Bool {
        guard byte == UInt8(ascii: "{") else { return false }
        var before = skipWhite(before: index)
        // An arrow behind a name gives it a value; behind parameters it begins a function.
        if bytes.has("=>", at: before - 2) { before = skipWhite(before: before - 2) }
        return before > 0 && bytes[before - 1] == UInt8(ascii: ")")
    }

    // MARK: Texts and comments

    /// The index of the mark that ends the text in quotation marks that begins at an index; `nil` for an apostrophe, or a mark alone.
    private func stringEnd(at start: Int) -> Int? {
        let quote = bytes[start]
        if quote == UInt8(ascii: "'"), start > 0, bytes[start - 1].isASCIILetterOrDigit, start + 1 < bytes.count,
            bytes[start + 1].isASCIILetter, !Self.isStringPrefix(bytes, before: start)
        {
            return nil
        }
        let isLong = quote == UInt8(ascii: "`")
        var index = start + 1
        let end = Swift.min(bytes.count, start + Self.maxStringBytes)
        while index < end {
            if bytes[index] == quote { return index }
            if bytes[index] == .lineFeed, !isLong { return nil }
            index += bytes[index] == .backslash ? 2 : 1
        }
        return nil
    }

    /// Whether what stands before a quotation mark is a letter that belongs to it, such as the `f` of `f'…'`.
    private static func isStringPrefix(_ bytes: [UInt8], before index: Int) -> Bool {
        guard "fbruFBRU".utf8.contains(bytes[index - 1]) else { return false }
        return index < 2 || !bytes[index - 2].isASCIILetterOrDigit || index < 3 || !bytes[index - 3].isASCIILetterOrDigit
    }

    private func commentEnd(at start: Int) -> Int? {
        let isFirst = start == 0 || bytes[start - 1].isWhite
        // The sign for any type, as in `Accept: */*`, begins no comment.
        if bytes.has("/*", at: start), start == 0 || bytes[start - 1] != UInt8(ascii: "*"), endlessComments < Self.maxEndlessComments {
            var index = start + 2
            let end = Swift.min(bytes.count, start + Self.maxStringBytes)
            while index < end, !bytes.has("*/", at: index) { index += 1 }
            return index < end ? index + 2 : nil
        }
        guard isFirst else { return nil }
        let isComment =
            bytes.has("//", at: start) || bytes[start] == UInt8(ascii: "#") && start + 1 < bytes.count && bytes[start + 1].isBlank
        return isComment ? bytes.lineEnd(from: start) : nil
    }

    // MARK: What stands before a bracket

    /// Reads the name of what is called, backwards, such as `axios.post`, `$client->request` or `Net::HTTP.get`.
    private func callee(before open: Int) -> (parts: [String], start: Int) {
        var parts: [String] = []
        var index = open
        while parts.count < 6 {
            let end = skipEmptyCall(before: index)
            var start = end
            while start > 0, open - start < 96, Self.isOfCallee(bytes[start - 1]) { start -= 1 }
            guard start < end else { break }
            parts.append(bytes.text(start..<end))
            index = start
            guard let separator = separatorStart(before: start) else { break }
            index = separator
        }
        // The type of a map in Go stands between a variable and the brace: `headers := map[string]string{`.
        if bytes.has("map[string]", at: index - 11) { index -= 11 }
        return (parts.reversed(), Swift.max(index, 0))
    }

    private static func isOfCallee(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") || byte == UInt8(ascii: "@")
    }

    /// The index of a call without arguments that ends at an index, as in `w.Header().Set`.
    private func skipEmptyCall(before index: Int) -> Int { index >= 2 && bytes.has("()", at: index - 2) ? index - 2 : index }

    private func separatorStart(before index: Int) -> Int? {
        for separator in ["->", "::", "?.", "."] where bytes.has(separator, at: index - separator.utf8.count) {
            // The points of `...rest` separate nothing.
            if bytes.has("..", at: index - 2) { return nil }
            return index - separator.utf8.count
        }
        return nil
    }

    /// Reads the name that the contents of a bracket are given to, backwards: `headers` of `headers: {`, `headers={`, `'headers' => [`,
    /// `const headers = {`, `-Headers @{`.
    private func name(before start: Int, parent: Bracket?) -> (String?, isVariable: Bool) {
        var index = skipWhite(before: start)
        for word in ["new", "await", "return"] where index > word.utf8.count && bytes.has(word, at: index - word.utf8.count) {
            guard !bytes[index - word.utf8.count - 1].isOfName else { continue }
            index = skipWhite(before: index - word.utf8.count)
        }
        guard index > 0 else { return (nil, false) }
        switch bytes[index - 1] {
        case UInt8(ascii: ">") where bytes.has("=>", at: index - 2): return (word(before: skipWhite(before: index - 2)), false)
        case UInt8(ascii: ":") where !bytes.has("::", at: index - 2): return (word(before: skipWhite(before: index - 1)), false)
        case UInt8(ascii: "=") where index < 2 || !"=<>!+".utf8.contains(bytes[index - 2]):
            let isShort = bytes.has(":=", at: index - 2)
            let isArgument = parent.map { $0.sign == UInt8(ascii: "(") || $0.callee.last?.hasPrefix("@") ?? false } ?? false
            let name = variable(before: isShort ? index - 2 : index - 1)
            return (name, !isArgument)
        default:
            // The name of a parameter in PowerShell stands before its value, with a hyphen.
            guard bytes[index - 1].isASCIILetter, index < start, let word = word(before: index) else { return (nil, false) }
            let place = index - word.utf8.count - 1
            return place >= 0 && bytes[place] == UInt8(ascii: "-") ? ("-" + word, false) : (nil, false)
        }
    }

    private func skipWhite(before index: Int) -> Int {
        var index = index
        while index > 0, bytes[index - 1].isWhite { index -= 1 }
        return index
    }

    private func word(before index: Int) -> String? {
        var end = index
        if end > 0, bytes[end - 1].isQuote { end -= 1 }
        var start = end
        while start > 0, end - start < 64, bytes[start - 1].isOfName { start -= 1 }
        // A hyphen that begins the word is not a part of it.
        while start < end, bytes[start] == UInt8(ascii: "-") { start += 1 }
        return start < end ? bytes.text(start..<end) : nil
    }

    /// The name of a variable before an equals sign, which may have a type behind it: `const headers: HeadersInit =`.
    private func variable(before index: Int) -> String? {
        let end = skipWhite(before: index)
        let before = bytes[..<end].suffix(120)
        var line = before[(before.lastIndex { $0 == .lineFeed || $0 == UInt8(ascii: ";") }.map { $0 + 1 } ?? before.startIndex)...]
        if Self.endsWithType(line), let colon = line.lastIndex(of: UInt8(ascii: ":")) { line = line[..<colon] }
        let name = line.reversed().prefix(while: Self.isOfVariable)
        return name.isEmpty ? nil : String(decoding: name.reversed(), as: UTF8.self)
    }

    private static func isOfVariable(_ byte: UInt8) -> Bool { byte.isASCIILetterOrDigit || byte == UInt8(ascii: "_") }

    /// Whether a line ends with the type of a variable, behind a colon.
    private static func endsWithType(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.last.map({ isOfVariable($0) }) ?? false else { return line.last == UInt8(ascii: ">") || line.last == UInt8(ascii: "]") }
        let before = line.reversed().drop(while: isOfVariable).drop(while: \.isBlank)
        return before.first == UInt8(ascii: ":")
    }

    // MARK: Questions

    /// The innermost bracket around an index.
    func innermost(at index: Int) -> Int? {
        var (low, high) = (0, brackets.count)
        while low < high {
            let middle = (low + high) / 2
            if brackets[middle].open < index { low = middle + 1 } else { high = middle }
        }
        var place: Int? = low > 0 ? low - 1 : nil
        while let current = place, brackets[current].close <= index { place = brackets[current].parent }
        return place
    }

    /// The bracket that opens at an index.
    func bracket(at index: Int) -> Bracket? {
        guard let number = innermost(at: index + 1), brackets[number].open == index else { return nil }
        return brackets[number]
    }

    /// The text in quotation marks that begins behind the mark at an index.
    func string(at index: Int) -> Range<Int>? {
        var (low, high) = (0, strings.count)
        while low < high {
            let middle = (low + high) / 2
            if strings[middle].lowerBound <= index { low = middle + 1 } else { high = middle }
        }
        return low < strings.count && strings[low].lowerBound == index + 1 ? strings[low] : nil
    }

    /// Whether an index lies within a comment.
    func isComment(_ index: Int) -> Bool { comments.contains { $0.contains(index) } }
}
