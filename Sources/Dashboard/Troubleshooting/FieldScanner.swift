internal import Bytes
internal import Foundation

/// Finds names with their values in any text: lines of headers, programs in any language, JSON, logs, prose. It goes once through
/// the text, from name to name.
struct FieldScanner {
    private let bytes: [UInt8]
    private let keys: KeyCandidates
    private let program: RequestProgram
    private let values: FieldValueReader
    private var index = 0
    private var brackets = BracketLabels()
    /// The name of a header whose value stands in the next member, as in `{"name": "Authorization", "value": "Bearer …"}`.
    private var pendingName: String?
    /// The end of the line with cookies that was read last.
    private var cookieEnd = 0
    private(set) var methods: NamedMethods
    private(set) var fields: [PastedRequest.Field] = []
    private(set) var addresses: [(text: String, index: Int)] = []
    private(set) var looseKeys: [String] = []
    /// Whether a header is made by an object that is not shown.
    private(set) var hasHiddenHeader = false

    init(_ bytes: [UInt8], prefix: String, _ program: RequestProgram) {
        self.bytes = bytes
        self.program = program
        keys = KeyCandidates(bytes, prefix: prefix)
        values = FieldValueReader(bytes: bytes, keys: keys, program: program)
        methods = NamedMethods(bytes)
    }

    /// How many fields are kept; a text with more is no request.
    private static let maxFields = 200
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

    private typealias Quote = FieldValueReader.Quote
    private typealias Separator = FieldValueReader.Separator
    private typealias Value = FieldValueReader.Value

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
        guard end - start <= FieldValueReader.maxBytes else { return nil }
        return bytes[start..<end].contains(UInt8(ascii: "?")) ? end : nil
    }

    private func stop(from start: Int) -> Int {
        var end = bytes.skip(from: start, upTo: 4 * FieldValueReader.maxBytes) { byte in
            !byte.isWhite && !byte.isQuote && !"<>)|\\".utf8.contains(byte)
        }
        while end > start + 1, ",.;}]".utf8.contains(bytes[end - 1]) { end -= 1 }
        return end
    }

    // MARK: Names

    private mutating func readName() {
        let start = index
        let end = bytes.skip(from: start) { $0.isOfName }
        index = end
        if keys.begins(at: start) {
            noteLooseKey(at: start)
            return
        }
        if bytes.has("authenticationheadervalue(", at: start), readSchemeAlone(end + 1) { return }
        guard (2...40).contains(end - start), mayHaveValue(end) else {
            if (3...7).contains(end - start) { methods.read(bytes.text(start..<end), start: start, end: end) }
            return
        }
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
            cookieEnd = bytes.lineEnd(from: end, upTo: FieldValueReader.maxBytes)
        }
        brackets.note(name: name)
        methods.read(name, start: start, end: end)
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
            var value = values.value(
                at: valueStart, name: start, quote: isNameQuoted ? nil : quote, separator, isNameQuoted: isNameQuoted,
                isInBrackets: brackets.isOpen)
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

    private mutating func add(_ name: String, _ kind: HeaderName, _ value: Value, _ separator: Separator, at start: Int) {
        let pending = pendingName
        pendingName = nil
        switch name.lowercased() {
        case "method", "httpmethod":
            methods.note(Method.read(value.text), at: start)
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
        guard let mark = values.literalStart(at: bytes.skip(from: start) { $0.isWhite }),
            let (text, end) = values.string(from: mark + 1, to: bytes[mark], isEscaped: false)
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
            let opening = bytes[..<closing].suffix(FieldValueReader.maxBytes).lastIndex(of: UInt8(ascii: "\""))
        else { return }
        let text = bytes.text(opening + 1..<closing)
        fields.append(.init(name: name, value: text, isComputed: KeyText.holdsVariable(text), isCode: true, index: start))
    }
}
