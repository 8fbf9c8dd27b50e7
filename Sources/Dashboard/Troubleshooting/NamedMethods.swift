internal import Bytes

/// The HTTP methods that a text names, in calls, members, options and literals, with their places.
struct NamedMethods {
    private let bytes: [UInt8]
    /// The methods with their places, and how much each of them says.
    private var methods: [(text: String, index: Int, weight: Int)] = []
    private static let maxMethods = 200

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The method that is named in a range of the text: the first of those that say most.
    func first(in range: Range<Int>) -> String? {
        let named = methods.filter { range.contains($0.index) }
        let weight = named.map(\.weight).max()
        return named.first { $0.weight == weight }?.text
    }

    mutating func note(_ method: String?, at index: Int, weight: Int = 2) {
        if let method, methods.count < Self.maxMethods { methods.append((method, index, weight)) }
    }

    /// Notes the method of calls such as `requests.get(…)`, `-Method Post` and `HttpMethod.Put`.
    mutating func read(_ name: String, start: Int, end: Int) {
        guard end < bytes.count else { return }
        let isMember = start > 0 && (bytes[start - 1] == UInt8(ascii: ".") || bytes[start - 1] == UInt8(ascii: ">"))
        if bytes[end] == UInt8(ascii: "(") {
            let verb = name.hasSuffix("Async") ? String(name.dropLast(5)) : name
            if isMember, let method = Method.read(verb) { return note(method, at: start) }
            if Self.isRequestCall(name) { note(literalMethod(end), at: start) }
        } else if isMember, name.hasPrefix("Method") {
            note(Method.read(String(name.dropFirst(6))), at: start)
        } else if isMember, bytes.has("method.", at: start - 7) {
            note(Method.read(name), at: start)
        } else if bytes[end].isBlank, Self.isRequestCall(name) || name.lowercased() == "method" {
            // The arguments stand behind a blank in Visual Basic, and the cells of a table behind a tab.
            note(wordBehindBlanks(end), at: start)
        } else if bytes.has("=>", at: bytes.skip(from: end) { $0.isBlank }), name == name.uppercased(), let method = Method.read(name) {
            note(method, at: start)
        } else if bytes.has("-method", at: start), end - start == 7 {
            let word = bytes.skip(from: end, upTo: 4) { $0.isBlank || $0.isQuote || $0 == UInt8(ascii: ":") }
            note(Method.read(bytes.text(word..<bytes.skip(from: word) { $0.isASCIILetter })), at: start)
        } else if name.hasPrefix("CURLOPT_") {
            noteOption(name, at: start, end)
        } else if name == "data" || name == "json", isArgument(start, end) {
            // A request with a body is a POST where the program names no other method, as Python's urllib has it.
            note("POST", at: start, weight: 1)
        }
    }

    /// The method that is the word behind some blanks; in a call it stands in quotation marks.
    private func wordBehindBlanks(_ index: Int) -> String? {
        let isCell = bytes[index] == UInt8(ascii: "\t")
        let mark = bytes.skip(from: index) { $0.isBlank }
        guard mark < bytes.count, isCell || bytes[mark].isQuote else { return nil }
        let start = bytes[mark].isQuote ? mark + 1 : mark
        return Method.read(bytes.text(start..<bytes.skip(from: start, upTo: 8) { $0.isASCIILetter }))
    }

    /// Whether a name is that of an argument, as in `data=…`, and not of a variable or a member.
    private func isArgument(_ start: Int, _ end: Int) -> Bool {
        guard bytes[end] == UInt8(ascii: "="), end + 1 < bytes.count, !"=> ".utf8.contains(bytes[end + 1]) else { return false }
        return bytes[..<start].last { !$0.isWhite }.map { $0 == UInt8(ascii: "(") || $0 == UInt8(ascii: ",") } ?? false
    }

    /// Notes the method that an option of PHP's curl sets.
    private mutating func noteOption(_ name: String, at start: Int, _ end: Int) {
        let value = bytes.skip(from: end, upTo: 8) { $0.isWhite || ",=>".utf8.contains($0) }
        let isSet = bytes.has("true", at: value) || value < bytes.count && bytes[value] == UInt8(ascii: "1")
        switch name {
        case "CURLOPT_CUSTOMREQUEST":
            let word = bytes.skip(from: value, upTo: 1) { $0.isQuote }
            note(Method.read(bytes.text(word..<bytes.skip(from: word, upTo: 8) { $0.isASCIILetter })), at: start, weight: 3)
        case "CURLOPT_POST": note(isSet ? "POST" : nil, at: start)
        case "CURLOPT_PUT": note(isSet ? "PUT" : nil, at: start)
        case "CURLOPT_NOBODY": note(isSet ? "HEAD" : nil, at: start)
        case "CURLOPT_HTTPGET": note(isSet ? "GET" : nil, at: start)
        case "CURLOPT_POSTFIELDS": note("POST", at: start, weight: 1)
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
}
