internal import Bytes
internal import Foundation

/// Finds names with their values in any text: lines of headers, programs in any language, JSON, logs, prose. It goes once through
/// the text, from name to name.
struct FieldScanner {
    private let bytes: [UInt8]
    private let keys: KeyCandidates
    private let program: RequestProgram
    private var index = 0
    private var brackets = BracketLabels()
    /// The name of a header whose value stands in the next member, as in `{"name": "Authorization", "value": "Bearer …"}`.
    private var pendingName: String?
    /// The methods that the text names, with their places, and how much each of them says.
    private var methods: [(text: String, index: Int, weight: Int)] = []
    /// The end of the line with cookies that was read last.
    private var cookieEnd = 0
    private(set) var fields: [PastedRequest.Field] = []
    private(set) var addresses: [(text: String, index: Int)] = []
    private(set) var looseKeys: [String] = []
    /// Whether a header is made by an object that is not shown.
    private(set) var hasHiddenHeader = false

    init(_ bytes: [UInt8], prefix: String, _ program: RequestProgram) {
        self.bytes = bytes
        self.program = program
        keys = KeyCandidates(bytes, prefix: prefix)
    }

    /// How many fields are kept; a text with more is no request.
    private static let maxFields = 200
    private static let maxValueBytes = 4096
    /// How many values without an end are looked for.
    private static let maxFailures = 200
    private var failures = 0

    mutating func scan() {
        while index < bytes.count, fields.count < Self.maxFields {
            let byte = bytes[index]
            if addresses.count < Self.maxFields, let end = addressEnd(at: index) {
                addresses.append((bytes.text(index..<end), index))
                index = end
            } else if byte.isOfName {
                readName()
            } else {
                brackets.read(byte)
                index += 1
            }
        }
    }

    // MARK: Addresses

    /// The end of an address, with a scheme or just a path with a query, that begins at an index; `nil` where there is none.
    private func addressEnd(at start: Int) -> Int? {
        let byte = bytes[start].asciiLowercased
        if byte == UInt8(ascii: "h"), bytes.has("http://", at: start) || bytes.has("https://", at: start) {
            return stop(from: start)
        }
        guard byte == UInt8(ascii: "/"), start + 1 < bytes.count, bytes[start + 1].isASCIILetter,
            start == 0 || bytes[start - 1].isWhite || bytes[start - 1].isQuote
        else { return nil }
        let end = stop(from: start)
        guard end - start <= Self.maxValueBytes else { return nil }
        return bytes[start..<end].contains(UInt8(ascii: "?")) ? end : nil
    }

    private func stop(from start: Int) -> Int {
        var end = bytes.skip(from: start, upTo: 4 * Self.maxValueBytes) { byte in
            !byte.isWhite && !byte.isQuote && !"<>)|\\".utf8.contains(byte)
        }
        while end > start + 1, ",.;}]".utf8.contains(bytes[end - 1]) { end -= 1 }
        return end
    }

    // MARK: Names

    /// What stands between a name and its value.
    private enum Separator {
        case colon, equals, arrow, comma, parenthesis, none
        /// A tab, as between the columns of a table that was copied.
        case tab
        /// A blank, in the settings of a server that sets a header: `proxy_set_header Authorization "…";`.
        case blank
    }

    private mutating func readName() {
        let start = index
        let end = bytes.skip(from: start) { $0.isOfName }
        index = end
        if keys.begins(at: start) {
            noteLooseKey(at: start)
            return
        }
        if bytes.has("authenticationheadervalue(", at: start), readSchemeAlone(end + 1) { return }
        guard (2...40).contains(end - start), mayHaveValue(end) else { return }
        var name = bytes.text(start..<end)
        var kind = HeaderName(name)
        if kind == .secretWord, bytes.has("api ", at: start - 4) {
            // This is the name in words, with spaces between them.
            (name, kind) = ("API-Key", .misnamed)
        }
        let quote = openingQuote(before: start)
        var place = end
        let more = kind == .other ? nil : moreInName(start: start, end, quote)
        let isNameQuoted = quote.map { bytes.has($0.text, at: more?.end ?? end) } ?? false
        if isNameQuoted, let quote { place = (more?.end ?? end) + quote.text.utf8.count }
        let stray = stray(before: start)
        if !stray.isEmpty { place = typographicQuoteEnd(at: place) }
        if end - start == 6, bytes.has("cookie", at: start), end < bytes.count, bytes[end] == UInt8(ascii: ":") {
            cookieEnd = bytes.lineEnd(from: end, upTo: Self.maxValueBytes)
        }
        brackets.note(name: name)
        noteMethod(name, start: start, end: end)
        guard let (separator, valueStart) = separator(at: place, isNameQuoted: isNameQuoted, kind) else {
            readReversed(kind, name, start: start, quote: quote)
            return
        }
        let label = name.lowercased()
        let isMember =
            (isNameQuoted || separator == .equals || separator == .colon)
            && (label == "name" || label == "key" || label == "header" && !isNameQuoted && separator == .colon && !brackets.isOpen
                || label == "value" && pendingName != nil)
        guard kind != .other || isMember || name.lowercased() == "method" || name == "httpMethod" || isDirectlyKey(at: valueStart) else {
            return
        }
        guard failures < Self.maxFailures,
            var value = value(at: valueStart, name: start, quote: isNameQuoted ? nil : quote, separator, isNameQuoted)
        else {
            failures += 1
            return
        }
        // A space before the colon makes a header that servers refuse.
        let isApart = separator == .colon && !value.isCode && end < bytes.count && bytes[end].isBlank
        if let more { value.flaw = more.flaw }
        if separator == .blank, bytes.has("add_header", at: start - 11) || bytes.has(" header set", at: start - 12) {
            value.flaw = "This setting gives the header to the answer and not to the request: use proxy_set_header, or RequestHeader set."
        }
        add(stray + name + (isApart ? " " : ""), kind, value, separator, at: start)
        index = max(end, value.end)
    }

    /// What stands behind the name of a header within its quotation marks, and does not belong to it: the index of the closing mark, and
    /// what is said of it; `nil` where there is nothing.
    private func moreInName(start: Int, _ end: Int, _ quote: Quote?) -> (end: Int, flaw: String)? {
        guard let quote else { return nil }
        var close = bytes.skip(from: end, upTo: 4) { $0.isBlank || $0 == UInt8(ascii: ":") }
        guard close > end else { return nil }
        let word = bytes.skip(from: close, upTo: 10) { $0.isASCIILetter }
        let isScheme = word > close && HeaderLine.isScheme(bytes.text(close..<word))
        if isScheme { close = bytes.skip(from: word, upTo: 4) { $0.isBlank || $0 == UInt8(ascii: ":") } }
        guard bytes.has(quote.text, at: close) else { return nil }
        // A sign behind the name shows that it stands alone, and is not the beginning of a line that is put together.
        var next = bytes.skip(from: close + quote.text.utf8.count) { $0.isBlank }
        if next < bytes.count, bytes[next] == UInt8(ascii: "]") { next = bytes.skip(from: next + 1) { $0.isBlank } }
        guard next < bytes.count else { return nil }
        let before = bytes[..<(start - quote.text.utf8.count)].last { !$0.isWhite }
        let isFirst = before == UInt8(ascii: "(") && bytes[next] == UInt8(ascii: ",")
        guard isFirst || bytes[next] == UInt8(ascii: "=") || bytes[next] == UInt8(ascii: ":") else { return nil }
        if isScheme {
            return (close, "The word Bearer stands within the name of the header, and belongs before the key, in the value.")
        }
        return bytes[end..<close].contains(UInt8(ascii: ":"))
            ? (
                close,
                "A colon stands within the quotation marks around the header's name, and makes it another name: programs refuse it, or send a"
                    + " header that the service does not know. Take the colon out."
            ) : (close, "A space stands behind the header's name, within its quotation marks. Take it out.")
    }

    // MARK: Methods

    /// The method that the text names first.
    var method: String? { method(in: 0..<Int.max) }

    /// The method that is named in a range of the text: the first of those that say most.
    func method(in range: Range<Int>) -> String? {
        let named = methods.filter { range.contains($0.index) }
        let weight = named.map(\.weight).max()
        return named.first { $0.weight == weight }?.text
    }

    private mutating func note(method: String?, at index: Int, weight: Int = 2) {
        if let method, methods.count < Self.maxFields { methods.append((method, index, weight)) }
    }

    /// Notes the method of calls such as `requests.get(…)`, `-Method Post` and `HttpMethod.Put`.
    private mutating func noteMethod(_ name: String, start: Int, end: Int) {
        guard end < bytes.count else { return }
        let isMember = start > 0 && (bytes[start - 1] == UInt8(ascii: ".") || bytes[start - 1] == UInt8(ascii: ">"))
        if bytes[end] == UInt8(ascii: "(") {
            let verb = name.hasSuffix("Async") ? String(name.dropLast(5)) : name
            if isMember, let method = Method.read(verb) { return note(method: method, at: start) }
            if Self.isRequestCall(name) { note(method: literalMethod(end), at: start) }
        } else if isMember, name.hasPrefix("Method") {
            note(method: Method.read(String(name.dropFirst(6))), at: start)
        } else if isMember, bytes.has("method.", at: start - 7) {
            note(method: Method.read(name), at: start)
        } else if bytes.has("-method", at: start), end - start == 7 {
            let word = bytes.skip(from: end, upTo: 4) { $0.isBlank || $0.isQuote || $0 == UInt8(ascii: ":") }
            note(method: Method.read(bytes.text(word..<bytes.skip(from: word) { $0.isASCIILetter })), at: start)
        } else if name.hasPrefix("CURLOPT_") {
            noteOption(name, at: start, end)
        }
    }

    /// Notes the method that an option of PHP's curl sets.
    private mutating func noteOption(_ name: String, at start: Int, _ end: Int) {
        let value = bytes.skip(from: end, upTo: 8) { $0.isWhite || ",=>".utf8.contains($0) }
        let isSet = bytes.has("true", at: value) || value < bytes.count && bytes[value] == UInt8(ascii: "1")
        switch name {
        case "CURLOPT_CUSTOMREQUEST":
            let word = bytes.skip(from: value, upTo: 1) { $0.isQuote }
            note(method: Method.read(bytes.text(word..<bytes.skip(from: word, upTo: 8) { $0.isASCIILetter })), at: start, weight: 3)
        case "CURLOPT_POST": note(method: isSet ? "POST" : nil, at: start)
        case "CURLOPT_PUT": note(method: isSet ? "PUT" : nil, at: start)
        case "CURLOPT_NOBODY": note(method: isSet ? "HEAD" : nil, at: start)
        case "CURLOPT_HTTPGET": note(method: isSet ? "GET" : nil, at: start)
        case "CURLOPT_POSTFIELDS": note(method: "POST", at: start, weight: 1)
        default: break
        }
    }

    /// Whether a name is that of a call that takes the method as its first argument.
    private static func isRequestCall(_ name: String) -> Bool {
        ["request", "requestasync", "newrequest", "newrequestwithcontext", "stream", "open", "method", "setrequestmethod"].contains(
            name.lowercased())
    }

    /// The method in quotation marks that is among the first arguments of a call, whose parenthesis stands at an index.
    private func literalMethod(_ parenthesis: Int) -> String? {
        let mark = bytes.skip(from: parenthesis + 1, upTo: 16) { !$0.isQuote && $0 != UInt8(ascii: ")") }
        guard mark < bytes.count, bytes[mark].isQuote else { return nil }
        return Method.read(bytes.text(mark + 1..<bytes.skip(from: mark + 1, upTo: 8) { $0.isASCIILetter }))
    }

    /// Whether a value is a key, in marks and behind a scheme at most.
    private func isDirectlyKey(at start: Int) -> Bool {
        guard keys.follows(start, within: 24) else { return false }
        let key = bytes.skip(from: start, upTo: 25) {
            $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: ",")
        }
        return keys.follows(start, within: key - start)
    }

    /// The typographic quotation mark or the invisible character before a name, which belongs to it for the program that sends it.
    private func stray(before start: Int) -> String {
        let lineStart = bytes[..<start].suffix(4).lastIndex { $0 < 0x80 }.map { $0 + 1 } ?? max(start - 4, 0)
        guard lineStart < start, let last = bytes.text(lineStart..<start).unicodeScalars.last,
            StrayCharacter.isTypographicQuote(last) || StrayCharacter.isInvisible(last)
        else { return "" }
        return String(last)
    }

    /// The index behind a typographic quotation mark, or the same index.
    private func typographicQuoteEnd(at index: Int) -> Int {
        let end = bytes.skip(from: index, upTo: 3) { $0 >= 0x80 }
        return bytes.text(index..<end).unicodeScalars.allSatisfy(StrayCharacter.isTypographicQuote) ? end : index
    }

    /// Whether something follows a name that may separate it from a value. Most words of a text end here.
    private func mayHaveValue(_ end: Int) -> Bool {
        let next = bytes.skip(from: end) { $0.isBlank }
        guard next < bytes.count else { return false }
        return ":=,([{]\\".utf8.contains(bytes[next]) || bytes[next] >= 0x80 && next == end || bytes[next].isQuote
            || bytes.has("bearer ", at: next) || keys.begins(at: next)
            || bytes[end - 1] != UInt8(ascii: "-") && bytes[end].isBlank && bytes.has("-method", at: end - 7)
    }

    private mutating func noteLooseKey(at start: Int) {
        let end = keys.end(of: start)
        let before = bytes[..<start].suffix(12).split { !$0.isASCIILetter }.last
        let isAlone = before.map { String(decoding: $0, as: UTF8.self).lowercased() } != "bearer"
        if looseKeys.count < Self.maxFields { looseKeys.append((isAlone ? "" : "Bearer ") + bytes.text(start..<min(end, start + 512))) }
        index = end
    }

    /// A quotation mark, possibly behind a backslash, as it is in JSON within JSON.
    private struct Quote {
        let text: String
        let isEscaped: Bool
    }

    private func openingQuote(before start: Int) -> Quote? {
        guard start > 0, bytes[start - 1].isQuote else { return nil }
        let mark = bytes.text(start - 1..<start)
        return start > 1 && bytes[start - 2] == .backslash ? Quote(text: "\\" + mark, isEscaped: true) : Quote(text: mark, isEscaped: false)
    }

    private func separator(at start: Int, isNameQuoted: Bool, _ kind: HeaderName) -> (Separator, Int)? {
        let isCall = kind == .bearerCall || kind == .basicCall || kind == .secretWord
        var place = bytes.skip(from: start) { isNameQuoted ? $0.isWhite : $0.isBlank }
        if place < bytes.count, bytes[place] == UInt8(ascii: "]") { place = bytes.skip(from: place + 1) { $0.isBlank } }
        guard place < bytes.count else { return nil }
        switch bytes[place] {
        case UInt8(ascii: ":"):
            guard !bytes.has("::", at: place), !bytes.has("://", at: place) else { return nil }
            return (.colon, place + (bytes.has(":=", at: place) ? 2 : 1))
        case UInt8(ascii: "="):
            if bytes.has("=>", at: place) { return (.arrow, place + 2) }
            return (.equals, place + (bytes.has("==", at: place) ? 2 : 1))
        case UInt8(ascii: ","):
            return isNameQuoted || kind == .authorization || kind == .apiKey || kind == .basicCall ? (.comma, place + 1) : nil
        case UInt8(ascii: "("):
            return isCall ? (.parenthesis, place + 1) : nil
        default:
            guard !isNameQuoted, place > start, kind == .authorization || kind == .apiKey || kind == .misnamed else { return nil }
            if kind != .misnamed, setsHeader(before: start) { return (.blank, place) }
            if bytes[start..<place].contains(UInt8(ascii: "\t")), kind != .misnamed { return (.tab, place) }
            guard !bytes.has("bearer", at: start - 6) || bytes.has("-bearer", at: start - 7) else { return nil }
            return bytes.has("bearer ", at: place) && kind != .misnamed || keys.begins(at: place) ? (.none, place) : nil
        }
    }

    /// Whether the words before a name in its line are those of a server's setting for headers.
    private func setsHeader(before end: Int) -> Bool {
        let line = bytes[..<end].suffix(80)
        let start = line.lastIndex(of: .lineFeed).map { $0 + 1 } ?? line.startIndex
        // The name itself ends the line.
        let words = line[start...].split(whereSeparator: \.isBlank).dropLast().map { String(decoding: $0, as: UTF8.self).lowercased() }
        return words.suffix(2).contains { ["proxy_set_header", "requestheader", "set-header", "header_up", "add_header"].contains($0) }
            || words.suffix(2) == ["header", "set"]
    }

    // MARK: Values

    private struct Value {
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

    private func value(at start: Int, name: Int, quote: Quote?, _ separator: Separator, _ isNameQuoted: Bool) -> Value? {
        let isCode = isNameQuoted || [.arrow, .comma, .parenthesis].contains(separator)
        var place = bytes.skip(from: start) { isCode ? $0.isWhite : $0.isBlank }
        if isCode || brackets.isOpen, place < bytes.count, bytes[place] == UInt8(ascii: "[") || bytes[place] == UInt8(ascii: "(") {
            place = bytes.skip(from: place + 1) { $0.isWhite }
        }
        if isCode, program.language == .go, place < bytes.count, bytes[place] == UInt8(ascii: "{") {
            // A list of values stands in braces there.
            place = bytes.skip(from: place + 1) { $0.isWhite }
        }
        // What begins with a brace is no value but a group of members, unless it is a variable.
        guard !isCode && !brackets.isOpen || place == bytes.count || bytes[place] != UInt8(ascii: "{") && !bytes.has("@{", at: place) else {
            return nil
        }
        let literal = literalStart(at: place)
        if separator == .blank, literal == nil {
            let end = bytes.skip(from: place, upTo: Self.maxValueBytes) { $0 != .lineFeed && $0 != UInt8(ascii: ";") }
            return Value(text: bytes.text(place..<end).trimmingWhiteSpace, end: end, isCode: true)
        }
        if quote == nil, let literal {
            return self.literal(
                literal, isCode: isCode || brackets.isOpen || separator == .blank || separator == .equals && isSetting(before: name),
                separator, from: place)
        }
        if isCode || brackets.isOpen, let formatted = formatted(at: place) { return formatted }
        if isCode {
            let end = bytes.skip(from: place, upTo: Self.maxValueBytes) { $0 != .lineFeed && !",;)}]".utf8.contains($0) }
            guard end - place < Self.maxValueBytes else { return nil }
            let text = bytes.text(place..<end).trimmingWhiteSpace
            let isWritten = keys.follows(place, within: 24) || KeyText.isNothing(text)
            return Value(text: text, end: end, isComputed: !isWritten, isCode: true)
        }
        if let quote { return valueWithin(quote, from: place, name: name) }
        return lineValue(from: place, name: name, separator)
    }

    /// The start of a string in a program, behind letters such as those of `f"…"`; `nil` where there is none.
    private func literalStart(at place: Int) -> Int? {
        let mark = bytes.skip(from: place) { "fbruFBRU$@\\".utf8.contains($0) }
        guard mark < bytes.count, bytes[mark].isQuote, mark - place <= 2 else { return nil }
        return mark
    }

    /// Reads a string of a program, whose quotation mark stands at an index.
    private func literal(_ mark: Int, isCode: Bool, _ separator: Separator, from place: Int) -> Value? {
        let isEscaped = mark > place && bytes[mark - 1] == .backslash
        if let long = longString(at: mark) { return Value(text: long.text, end: long.end, isCode: true) }
        guard var (text, end) = string(from: mark + 1, to: bytes[mark], isEscaped: isEscaped) else { return nil }
        var next = bytes.skip(from: end) { $0.isBlank }
        while next < bytes.count, "+.".utf8.contains(bytes[next]), text.utf8.count < Self.maxValueBytes,
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
        let limit = Swift.min(bytes.count, mark + Self.maxValueBytes)
        guard let end = (mark + 3..<limit).first(where: { bytes.has(marks, at: $0) }) else { return nil }
        return (bytes.text(mark + 3..<end), end + 3)
    }

    /// Reads to a closing quotation mark and takes the escapes off.
    private func string(from start: Int, to quote: UInt8, isEscaped: Bool) -> (text: String, end: Int)? {
        var text: [UInt8] = []
        var place = start
        let end = min(bytes.count, start + Self.maxValueBytes)
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
            let end = bytes.lineEnd(from: place, upTo: Self.maxValueBytes)
            guard end - place < Self.maxValueBytes else { return nil }
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
    private func lineValue(from place: Int, name: Int, _ separator: Separator) -> Value? {
        let lineEnd = bytes.lineEnd(from: place, upTo: Self.maxValueBytes)
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
        if isLine, !brackets.isOpen {
            guard lineEnd - place < Self.maxValueBytes else { return nil }
            let end = endWithContinuation(from: place, lineEnd)
            return Value(text: Self.trimmed(bytes.text(place..<end)), end: end, flaw: flaw)
        }
        var end = wordEnd(from: place)
        if end < lineEnd, bytes[end].isBlank, HeaderLine.isScheme(bytes.text(place..<end)) {
            end = wordEnd(from: bytes.skip(from: end) { $0.isBlank })
        }
        guard end < lineEnd || end - place < Self.maxValueBytes else { return nil }
        var text = bytes.text(place..<end)
        if let tag = text.range(of: "</") { text = String(text[..<tag.lowerBound]) }
        while let last = text.last, ".:".contains(last), !text.hasSuffix("..") { text.removeLast() }
        return Value(text: text, end: end, isCode: true, flaw: flaw)
    }

    private func wordEnd(from place: Int) -> Int {
        bytes.skip(from: place, upTo: Self.maxValueBytes) { !$0.isWhite && !$0.isQuote && !",;}])\\".utf8.contains($0) }
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

    // MARK: Finding

    /// Whether a name is set as in a program: behind a sign of a variable, or a word such as `const`.
    private func isSetting(before name: Int) -> Bool {
        guard name > 0 else { return false }
        return bytes[name - 1] == UInt8(ascii: "$") || bytes[name - 1] == UInt8(ascii: ".") || bytes[name - 1] == UInt8(ascii: " ")
    }

    private mutating func add(_ name: String, _ kind: HeaderName, _ value: Value, _ separator: Separator, at start: Int) {
        let pending = pendingName
        pendingName = nil
        switch name.lowercased() {
        case "method", "httpmethod":
            note(method: Method.read(value.text), at: start)
            return
        case "name", "key", "header":
            if HeaderName(value.text) != .other {
                pendingName = value.text
                return
            }
        case "value":
            if let pending {
                fields.append(
                    .init(
                        name: pending, value: value.text, place: brackets.place, isComputed: value.isComputed, isCode: true,
                        flaw: value.flaw, index: start))
                return
            }
        default: break
        }
        if kind == .other, keys.isEmpty || name.lowercased() == "name" { return }
        var field = PastedRequest.Field(
            name: name, value: value.text, place: index <= cookieEnd ? .cookie : brackets.place, isComputed: value.isComputed,
            isCode: value.isCode, flaw: value.flaw, index: start)
        if [.authorization, .apiKey, .misnamed, .other].contains(kind) { field.uses = program.uses(at: start) }
        if separator == .arrow, brackets.isCurlList, kind != .other {
            field.flaw =
                "CURLOPT_HTTPHEADER takes whole lines of text, such as 'X-API-Key: KEY': of a name with an arrow only the value is sent."
        }
        if kind == .authorization, value.isGlued, value.text.lowercased() == "bearer" {
            field.flaw = "The space between Bearer and the key is missing."
        }
        switch kind {
        case .bearerCall where separator == .parenthesis || separator == .equals:
            field.name = "Authorization"
            field.value = "Bearer " + value.text
            field.place = .header
        case .misnamed where name == "Bearer" && separator == .comma:
            field.name = "Authorization"
            field.value = "Bearer " + value.text
        case .secretWord where name == "auth" && value.text.lowercased().hasPrefix("bearer "):
            field.name = "Authorization"
        case .secretWord where name == "auth" && Self.isObject(value.text):
            // An object makes the header, in a way that cannot be seen here.
            hasHiddenHeader = true
            return
        case .basicCall where !keys.isEmpty, .secretWord where name == "auth" && value.isCode:
            let text = value.text.utf8.contains(UInt8(ascii: ":")) ? value.text : value.text + ":"
            field.name = "Authorization"
            field.value = "Basic " + Base64.encode(Array(text.utf8))
            field.place = .header
        case .basicCall: return
        default: break
        }
        fields.append(field)
    }

    /// Whether a value is an object of a program's own, and none that sends a user name and a password.
    private static func isObject(_ text: String) -> Bool {
        let lower = text.lowercased()
        return lower.contains("(") && lower.first?.isLetter ?? false && !lower.contains("basic") && !lower.contains("digest")
    }

    /// Reads `new AuthenticationHeaderValue("Bearer KEY")`, which takes its one text for the scheme; returns whether it is one.
    private mutating func readSchemeAlone(_ start: Int) -> Bool {
        guard let mark = literalStart(at: bytes.skip(from: start) { $0.isWhite }),
            let (text, end) = string(from: mark + 1, to: bytes[mark], isEscaped: false)
        else { return false }
        let next = bytes.skip(from: end, upTo: 64) { $0.isBlank }
        guard next < bytes.count, bytes[next] == UInt8(ascii: ")") else { return false }
        fields.append(
            .init(
                name: "Authorization", value: text, isCode: true,
                flaw:
                    "AuthenticationHeaderValue takes the word Bearer and the key as two texts: new AuthenticationHeaderValue(\"Bearer\", key).",
                index: start))
        index = end
        return true
    }

    /// Reads `setValue("Bearer …", forHTTPHeaderField: "Authorization")`, in which the value comes first.
    private mutating func readReversed(_ kind: HeaderName, _ name: String, start: Int, quote: Quote?) {
        guard kind == .authorization || kind == .apiKey || kind == .misnamed, quote != nil else { return }
        let label = "forhttpheaderfield:"
        let before = bytes[..<(start - 1)].suffix(24).filter { !$0.isBlank }
        guard String(decoding: before, as: UTF8.self).lowercased().hasSuffix(label) else { return }
        guard let comma = bytes[..<start].lastIndex(of: UInt8(ascii: ",")),
            let closing = bytes[..<comma].lastIndex(of: UInt8(ascii: "\"")), comma - closing < 4,
            let opening = bytes[..<closing].suffix(Self.maxValueBytes).lastIndex(of: UInt8(ascii: "\""))
        else { return }
        let text = bytes.text(opening + 1..<closing)
        fields.append(.init(name: name, value: text, isComputed: KeyText.holdsVariable(text), isCode: true, index: start))
    }
}
