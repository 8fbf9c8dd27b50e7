internal import Bytes
internal import Foundation

/// Reads the values that stand behind names in any text: strings of a program, joined and formatted ones, the rest of a line.
struct FieldValueReader {
    let bytes: [UInt8]
    let keys: KeyCandidates
    let program: RequestProgram

    static let maxBytes = 4096

    /// What stands between a name and its value.
    enum Separator {
        case colon, equals, arrow, comma, parenthesis, none
        /// A tab, as between the columns of a table that was copied.
        case tab
        /// A blank, in the settings of a server that sets a header: `proxy_set_header Authorization "…";`.
        case blank
    }

    /// A quotation mark, possibly behind a backslash, as it is in JSON within JSON.
    struct Quote {
        let text: String
        let isEscaped: Bool
    }

    /// The value of a field, as far as the text tells it.
    struct Value {
        var text: String
        var end: Int
        var isComputed = false
        var isCode = false
        var flaw: String?
        /// Whether a variable is joined to the text, with nothing between.
        var isGlued = false
    }

    /// Whether a sign joins a variable to the text before it; a point is such a sign in PHP alone.
    private func isGlued(at place: Int) -> Bool {
        guard place + 1 < bytes.count else { return false }
        let next = bytes[place + 1]
        return bytes[place] == UInt8(ascii: "+") || bytes[place] == UInt8(ascii: ".") && (next.isBlank || next == UInt8(ascii: "$"))
    }

    /// Reads the value that begins at an index, behind a name.
    ///
    /// - Parameters:
    ///   - start: the index behind the separator.
    ///   - name: the index of the name.
    ///   - quote: the quotation mark that is open before the name, and encloses the value too.
    ///   - separator: what stands between the two.
    ///   - isNameQuoted: whether the name stands in quotation marks of its own.
    ///   - isInBrackets: whether the name stands in brackets that are open.
    /// - Returns: the value; `nil` where there is none.
    func value(at start: Int, name: Int, quote: Quote?, _ separator: Separator, isNameQuoted: Bool, isInBrackets: Bool) -> Value? {
        let isCode = isNameQuoted || [.arrow, .comma, .parenthesis].contains(separator)
        var place = bytes.skip(from: start) { isCode ? $0.isWhite : $0.isBlank }
        if isCode || isInBrackets, place < bytes.count, bytes[place] == UInt8(ascii: "[") || bytes[place] == UInt8(ascii: "(") {
            place = bytes.skip(from: place + 1) { $0.isWhite }
        }
        if isCode, program.language == .go, place < bytes.count, bytes[place] == UInt8(ascii: "{") {
            // A list of values stands in braces there.
            place = bytes.skip(from: place + 1) { $0.isWhite }
        }
        // What begins with a brace is no value but a group of members, unless it is a variable.
        guard !isCode && !isInBrackets || place == bytes.count || bytes[place] != UInt8(ascii: "{") && !bytes.has("@{", at: place) else {
            return nil
        }
        let literal = literalStart(at: place)
        if separator == .blank, literal == nil {
            let end = bytes.skip(from: place, upTo: Self.maxBytes) { $0 != .lineFeed && $0 != UInt8(ascii: ";") }
            return Value(text: bytes.text(place..<end).trimmingWhiteSpace, end: end, isCode: true)
        }
        if quote == nil, let literal {
            return self.literal(
                literal, isCode: isCode || isInBrackets || separator == .blank || separator == .equals && isSetting(before: name),
                separator, from: place, name: name)
        }
        if isCode || isInBrackets, let formatted = formatted(at: place) { return formatted }
        if isCode {
            let end = bytes.skip(from: place, upTo: Self.maxBytes) { $0 != .lineFeed && !",;)}]".utf8.contains($0) }
            guard end - place < Self.maxBytes else { return nil }
            let text = bytes.text(place..<end).trimmingWhiteSpace
            let isWritten = keys.follows(place, within: 24) || KeyText.isNothing(text)
            return Value(text: text, end: end, isComputed: !isWritten, isCode: true)
        }
        if let quote { return valueWithin(quote, from: place, name: name) }
        return lineValue(from: place, name: name, separator, isInBrackets: isInBrackets)
    }

    /// The start of a string in a program, behind letters such as those of `f"…"`; `nil` where there is none.
    func literalStart(at place: Int) -> Int? {
        let mark = bytes.skip(from: place) { "fbruFBRU$@\\".utf8.contains($0) }
        guard mark < bytes.count, bytes[mark].isQuote, mark - place <= 2 else { return nil }
        return mark
    }

    /// Reads a string of a program, whose quotation mark stands at an index.
    private func literal(_ mark: Int, isCode: Bool, _ separator: Separator, from place: Int, name: Int) -> Value? {
        let isEscaped = mark > place && bytes[mark - 1] == .backslash
        if let long = longString(at: mark) { return Value(text: long.text, end: long.end, isCode: true) }
        guard var (text, end) = string(from: mark + 1, to: bytes[mark], isEscaped: isEscaped) else { return nil }
        var next = bytes.skip(from: end) { $0.isBlank }
        while next < bytes.count, "+.".utf8.contains(bytes[next]), text.utf8.count < Self.maxBytes,
            let second = literalStart(at: bytes.skip(from: next + 1) { $0.isWhite }),
            let (more, behind) = string(from: second + 1, to: bytes[second], isEscaped: false)
        {
            text += more
            end = behind
            next = bytes.skip(from: end) { $0.isBlank }
        }
        let follower = next < bytes.count ? bytes[next] : .lineFeed
        let isProgram = isCode || ",;)}]".utf8.contains(follower)
        guard isProgram || isEscaped else {
            if SettingsFile(bytes).holds(name..<bytes.skip(from: name) { $0.isOfName }) { return Value(text: text, end: end) }
            // In a line of its own the marks are a part of the value.
            let flaw =
                separator == .equals
                ? "An equals sign stands behind the header's name, where a colon belongs." : nil
            return Value(text: bytes.text(place..<end), end: end, flaw: flaw)
        }
        if text.lowercased() == "bearer", follower == UInt8(ascii: ","), separator == .comma,
            let second = literalStart(at: bytes.skip(from: next + 1) { $0.isWhite }),
            let (key, behind) = string(from: second + 1, to: bytes[second], isEscaped: false)
        {
            // The scheme and the key are given one after the other.
            return Value(text: text + " " + key, end: behind, isCode: true)
        }
        let isJoined = "+%".utf8.contains(follower) || follower == UInt8(ascii: ".") || bytes.has("..", at: next)
        let expansion = StringExpansion(text, quote: bytes[mark], letters: bytes[place..<mark], language: program.language)
        var value = Value(
            text: text, end: end, isComputed: isJoined || expansion == .replaced, isCode: true, isGlued: isGlued(at: next))
        if case .left(let flaw) = expansion, !isJoined { value.flaw = flaw }
        return value
    }

    /// Reads a call that puts a value into a text, such as `fmt.Sprintf("Bearer %s", key)`: what it makes of the text is computed.
    private func formatted(at place: Int) -> Value? {
        let parenthesis = bytes.skip(from: place, upTo: 32) {
            $0.isASCIILetterOrDigit || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "!")
        }
        guard parenthesis > place, parenthesis < bytes.count, bytes[parenthesis] == UInt8(ascii: "("),
            ["format", "sprintf", "format!"].contains(where: bytes.text(place..<parenthesis).lowercased().hasSuffix),
            let mark = literalStart(at: bytes.skip(from: parenthesis + 1) { $0.isWhite }),
            let (text, end) = string(from: mark + 1, to: bytes[mark], isEscaped: false)
        else { return nil }
        return Value(text: text, end: end, isComputed: true, isCode: true)
    }

    /// Reads a text that stands between three quotation marks, which may have several lines; `nil` where there is none.
    private func longString(at mark: Int) -> (text: String, end: Int)? {
        guard bytes.has("\"\"\"", at: mark) || bytes.has("'''", at: mark) else { return nil }
        let marks = bytes.text(mark..<(mark + 3))
        let limit = Swift.min(bytes.count, mark + Self.maxBytes)
        guard let end = (mark + 3..<limit).first(where: { bytes.has(marks, at: $0) }) else { return nil }
        return (bytes.text(mark + 3..<end), end + 3)
    }

    /// Reads to a closing quotation mark and takes the escapes off.
    func string(from start: Int, to quote: UInt8, isEscaped: Bool) -> (text: String, end: Int)? {
        var text: [UInt8] = []
        var place = start
        let end = min(bytes.count, start + Self.maxBytes)
        while place < end {
            if isEscaped, bytes[place] == .backslash, place + 1 < end, bytes[place + 1] == quote {
                return (String(decoding: text, as: UTF8.self), place + 2)
            }
            if !isEscaped, bytes[place] == quote { return (String(decoding: text, as: UTF8.self), place + 1) }
            if bytes[place] == .backslash, place + 1 < end {
                place += 1
                switch bytes[place] {
                case UInt8(ascii: "n"), UInt8(ascii: "r"): text.append(.lineFeed)
                case UInt8(ascii: "t"): text.append(UInt8(ascii: "\t"))
                case UInt8(ascii: "u"), UInt8(ascii: "x"), UInt8(ascii: "("): text += [.backslash, bytes[place]]
                default: text.append(bytes[place])
                }
            } else {
                text.append(bytes[place])
            }
            place += 1
        }
        return nil
    }

    /// Reads the value of a header that stands as a whole in quotation marks, as in `"Authorization: Bearer …"`.
    private func valueWithin(_ quote: Quote, from place: Int, name: Int) -> Value? {
        let mark = Array(quote.text.utf8).last ?? UInt8(ascii: "\"")
        guard let (whole, end) = string(from: place, to: mark, isEscaped: quote.isEscaped) else {
            let end = bytes.lineEnd(from: place, upTo: Self.maxBytes)
            guard end - place < Self.maxBytes else { return nil }
            return Value(
                text: bytes.text(place..<end).trimmingWhiteSpace, end: end,
                flaw: "A quotation mark is opened before the header and never closed.")
        }
        var text = whole
        // In the settings of PHP's streams each line of a header ends with a line break.
        if program.isStreamHeader(at: name) { while text.last?.isNewline ?? false { text.removeLast() } }
        let value = text.prefix { !$0.isNewline }
        let next = bytes.skip(from: end) { $0.isBlank }
        let isJoined = next < bytes.count && "+.%".utf8.contains(bytes[next])
        let letters = bytes[..<(name - quote.text.utf8.count)].suffix(2).reversed().prefix { "fFrRbB$@".utf8.contains($0) }
        let expansion = StringExpansion(text, quote: mark, letters: letters, language: program.language)
        let isCut = value.utf8.count < text.utf8.count && HeaderLine.isHeader(text.dropFirst(value.count))
        var found = Value(
            text: isCut ? String(value) : text, end: end, isComputed: isJoined || expansion == .replaced, isCode: true,
            isGlued: isGlued(at: next))
        if case .left(let flaw) = expansion, !isJoined { found.flaw = flaw }
        if program.takesPairs(at: name - quote.text.utf8.count) {
            found.flaw =
                "The whole line of the header stands in one text: this program wants its name and its value apart, as in \"Authorization\":"
                + " \"Bearer KEY\"."
        }
        return found
    }

    /// Reads a value to the end of the line, or, in the middle of other text, as far as a scheme and a key reach.
    private func lineValue(from place: Int, name: Int, _ separator: Separator, isInBrackets: Bool) -> Value? {
        let lineEnd = bytes.lineEnd(from: place, upTo: Self.maxBytes)
        let before = bytes[..<name].suffix(64)
        let lineStart = before.lastIndex(of: .lineFeed).map { $0 + 1 } ?? before.startIndex
        let isLine = (before.count < 64 || lineStart > before.startIndex) && bytes[lineStart..<name].allSatisfy { !$0.isASCIILetterOrDigit }
        let flaw =
            separator == .equals && isLine
            ? "An equals sign stands behind the header's name, where a colon belongs."
            : separator == .none ? "The colon behind the header's name is missing." : nil
        if bytes[place..<lineEnd].prefix(64).contains(UInt8(ascii: "(")),
            ["HeaderValue(", "new(\""].contains(where: bytes.text(place..<min(place + 64, lineEnd)).contains)
        {
            return nil
        }
        if isLine, !isInBrackets {
            guard lineEnd - place < Self.maxBytes else { return nil }
            let end = endWithContinuation(from: place, lineEnd)
            return Value(text: Self.trimmed(bytes.text(place..<end)), end: end, flaw: flaw)
        }
        var end = wordEnd(from: place)
        if end < lineEnd, bytes[end].isBlank, HeaderLine.isScheme(bytes.text(place..<end)) {
            end = wordEnd(from: bytes.skip(from: end) { $0.isBlank })
        }
        guard end < lineEnd || end - place < Self.maxBytes else { return nil }
        var text = bytes.text(place..<end)
        if let tag = text.range(of: "</") { text = String(text[..<tag.lowerBound]) }
        while let last = text.last, ".:".contains(last), !text.hasSuffix("..") { text.removeLast() }
        return Value(text: text, end: end, isCode: true, flaw: flaw)
    }

    private func wordEnd(from place: Int) -> Int {
        bytes.skip(from: place, upTo: Self.maxBytes) { !$0.isWhite && !$0.isQuote && !",;}])\\".utf8.contains($0) }
    }

    /// The end of a value that goes on in the next line because a program for mail or a terminal has broken the key.
    private func endWithContinuation(from place: Int, _ lineEnd: Int) -> Int {
        var end = lineEnd
        for _ in 0..<3 {
            guard end < bytes.count, !keys.isWhole(endingAt: bytes[..<end].lastIndex { !$0.isWhite }.map { $0 + 1 } ?? end) else { break }
            let start = bytes.skip(from: end + 1) { $0.isBlank }
            let next = bytes.lineEnd(from: start)
            let word = bytes[start..<next].prefix { !$0.isBlank && $0 != UInt8(ascii: "\r") }
            let isValue = bytes.has("bearer ", at: start) && bytes[place..<end].allSatisfy(\.isWhite)
            let isPiece =
                isValue || word.count >= 4 && word.allSatisfy { $0.isOfName || $0 == UInt8(ascii: "=") } && next - start - word.count <= 2
            let last = bytes[place..<end].last { !$0.isWhite }
            let isCut = keys.follows(place, within: 32) || bytes.has("bearer", at: place) || last == nil
            guard isPiece, isCut else { break }
            end = next
        }
        return end
    }

    private static func trimmed(_ text: String) -> String {
        String(text[...].trimmingSpaces.reversed().drop { $0.isNewline || $0 == " " }.reversed())
    }

    /// Whether a name is set as in a program: behind a sign of a variable, or a word such as `const`.
    private func isSetting(before name: Int) -> Bool {
        guard name > 0 else { return false }
        return bytes[name - 1] == UInt8(ascii: "$") || bytes[name - 1] == UInt8(ascii: ".") || bytes[name - 1] == UInt8(ascii: " ")
    }
}
