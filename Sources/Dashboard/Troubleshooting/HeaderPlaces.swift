internal import Bytes

/// The calls of a program that send requests, and what a place in the program means for them: whether what stands there is sent as a
/// header, and with which of the requests. A variable is followed to the calls that it is given to.
struct HeaderPlaces {
    private typealias Meaning = PastedRequest.Use

    /// A call that sends a request.
    struct Call {
        let bracket: Int
        let declared: RequestCall
        let range: Range<Int>
        /// The number of its arguments.
        let arguments: Int
    }

    private let bytes: [UInt8]
    private let language: ProgramLanguage?
    private let outline: ProgramOutline
    private(set) var calls: [Call] = []
    /// The declarations of all calls, also of those that send nothing, by their brackets.
    private var declared: [Int: RequestCall] = [:]
    /// The places at which variables with headers are used, by their names.
    private var variableUses: [String: [Int]] = [:]
    private static let maxCalls = 60
    private static let maxUses = 40
    private static let maxDepth = 4
    /// How many brackets are looked at for one place.
    private static let maxVisits = 2000

    init(_ bytes: [UInt8], language: ProgramLanguage?) {
        self.bytes = bytes
        self.language = language
        outline = ProgramOutline(bytes)
        var clients: [String: String] = [:]
        for bracket in outline.brackets where bracket.sign == UInt8(ascii: "(") && bracket.callee.count > 1 && bracket.isVariable {
            if let name = bracket.name { clients[name] = bracket.callee.suffix(2).joined(separator: ".") }
        }
        for (index, bracket) in outline.brackets.enumerated() where bracket.sign == UInt8(ascii: "(") && !bracket.callee.isEmpty {
            guard let call = RequestCall.of(bracket.callee, language, clients: clients), !outline.isComment(bracket.open) else { continue }
            declared[index] = call
            guard call.sends, calls.count < Self.maxCalls else { continue }
            calls.append(
                Call(bracket: index, declared: call, range: start(of: bracket)..<(bracket.close + 1), arguments: bracket.commas.count + 1))
        }
        findUses()
    }

    private func start(of bracket: ProgramOutline.Bracket) -> Int {
        bracket.open - bracket.callee.reduce(0) { $0 + $1.utf8.count } - Swift.max(bracket.callee.count - 1, 0)
    }

    /// Finds the places within calls, and within the values of other variables, at which the names of variables stand.
    private mutating func findUses() {
        let names = Set(
            outline.brackets.filter { $0.isVariable && $0.sign != UInt8(ascii: "(") || $0.isVariable && !$0.callee.isEmpty }.compactMap(
                \.name))
        guard !names.isEmpty, !declared.isEmpty else { return }
        var index = 0
        var strings = outline.strings[...]
        while index < bytes.count {
            if let string = strings.first, string.lowerBound <= index {
                index = Swift.max(index, string.upperBound)
                strings = strings.dropFirst()
                continue
            }
            guard bytes[index].isOfName else {
                index += 1
                continue
            }
            let end = bytes.skip(from: index) { $0.isOfName }
            if end - index <= 64, isValue(index, end) {
                let name = bytes.text(index..<end)
                if names.contains(name), outline.innermost(at: index) != nil { variableUses[name, default: []].append(index) }
            }
            index = end
        }
    }

    /// Whether a word is the value of a variable, and neither a name that is given to something nor a part of another name.
    private func isValue(_ start: Int, _ end: Int) -> Bool {
        let next = bytes.skip(from: end) { $0.isWhite }
        guard next < bytes.count, ",)}]".utf8.contains(bytes[next]) else { return false }
        var before = start
        if before > 0, bytes[before - 1] == UInt8(ascii: "$") { before -= 1 }
        return before == 0 || bytes[before - 1] != UInt8(ascii: ".") || bytes.has("...", at: before - 3)
    }

    /// What the program does with what stands at a place.
    func uses(at index: Int) -> [PastedRequest.Use] {
        if let answer = answerMeaning(at: index) { return [answer] }
        guard !declared.isEmpty else { return [] }
        var walk = Walk(origin: index)
        collect(at: index, inner: nameOfText(at: index), depth: 0, &walk)
        return walk.found
    }

    /// The way from a place to the calls that it belongs to.
    private struct Walk {
        let origin: Int
        var found: [PastedRequest.Use] = []
        var visits = 0
    }

    /// Whether a place lies in the headers of a call: among their names and values, or in their place.
    func isHeaders(at index: Int) -> Bool {
        guard let number = outline.innermost(at: index) else { return false }
        let bracket = outline.brackets[number]
        let isNamed = bracket.name?.lowercased() == "headers"
        // A text in the place of the headers stands behind their name.
        let before = bytes[..<index].suffix(24).filter { !$0.isWhite && !$0.isQuote }
        let text = String(decoding: before, as: UTF8.self).lowercased()
        let isDirect = declared[number] != nil || bracket.sign == UInt8(ascii: "{")
        return isNamed && bracket.sign != UInt8(ascii: "(")
            || isDirect && ["headers:", "headers=", "headers=>"].contains(where: text.hasSuffix)
    }

    /// A name on the way from a call to a place in it, with the bracket whose contents it names.
    private struct Step {
        let name: String
        let isArgument: Bool
    }

    /// The calls that make a list of members of what they are given.
    private static let makers: Set<String> = [
        "headers", "httpheaders", "dict", "array", "stringify", "dumps", "json_encode", "jsonencode", "of", "ofentries", "entry", "assign",
        "merge", "mapof", "hashmap", "fromentries", "object", "urlsearchparams", "formdata",
    ]

    private func collect(at index: Int, inner: [Step], depth: Int, _ walk: inout Walk) {
        var steps = inner
        var place = index
        var current = outline.innermost(at: index)
        while let number = current, walk.visits < Self.maxVisits {
            walk.visits += 1
            let bracket = outline.brackets[number]
            if let call = declared[number] {
                var found = evaluate(call, argument: bracket.argument(at: place), steps.reversed(), at: place, walk.origin)
                if call.slots == [.streamContext], let name = bracket.name { found.flaw = found.flaw ?? misplacedContext(name) }
                found.call = calls.firstIndex { $0.bracket == number }
                walk.found.append(found)
                return
            }
            let callee = bracket.sign == UInt8(ascii: "(") ? bracket.callee.last?.lowercased() : nil
            // What stands in a block, or is given to another call, is no member of what is around it.
            guard !bracket.isBlock, callee.map(Self.makers.contains) ?? true else { return }
            if let name = bracket.name {
                if bracket.isVariable {
                    guard depth < Self.maxDepth else { return }
                    // A variable that is made anew means the one that was made last before its use.
                    let next = outline.brackets.first { $0.isVariable && $0.name == name && $0.open > bracket.open }?.open ?? bytes.count
                    for use in (variableUses[name] ?? []).prefix(Self.maxUses) where use > bracket.close && use < next {
                        collect(at: use, inner: steps + namesBefore(use, name), depth: depth + 1, &walk)
                    }
                    return
                }
                let isArgument = bracket.parent.map { declared[$0] != nil } ?? false
                steps.append(Step(name: name, isArgument: isArgument))
            } else if let callee, ["stringify", "dumps", "json_encode", "jsonencode"].contains(callee) {
                steps.append(Step(name: "body", isArgument: false))
            }
            place = bracket.open
            current = bracket.parent
        }
    }

    /// Why settings in a variable are not looked at by `file_get_contents`, which takes them as its third argument.
    private func misplacedContext(_ name: String) -> String? {
        for use in variableUses[name] ?? [] {
            guard let number = outline.innermost(at: use), let call = declared[number], call.shown == "file_get_contents" else { continue }
            guard outline.brackets[number].argument(at: use) != 2 else { continue }
            return fault(call, "The settings are not the third argument of file_get_contents.").flaw
        }
        return nil
    }

    /// The name that a text in quotation marks is given, which begins at an index: that of an argument, or of a member.
    private func nameOfText(at index: Int) -> [Step] {
        guard index > 0, bytes[index - 1].isQuote else { return [] }
        let before = bytes[..<(index - 1)].suffix(16).last { !$0.isWhite }
        let isNamed = before == UInt8(ascii: ":") || before == UInt8(ascii: "=") || before == UInt8(ascii: ">")
        return isNamed ? namesBefore(index - 1, "") : []
    }

    /// The name that a variable is given where it is used: as a member, as an argument, or its own in a list of members.
    private func namesBefore(_ use: Int, _ name: String) -> [Step] {
        var index = use
        if index > 0, bytes[index - 1] == UInt8(ascii: "$") { index -= 1 }
        while index > 0, bytes[index - 1].isWhite { index -= 1 }
        guard index > 0, let number = outline.innermost(at: use) else { return [] }
        let parent = outline.brackets[number]
        let isArgument = declared[number] != nil
        var end = index - 1
        switch bytes[end] {
        case UInt8(ascii: ":"), UInt8(ascii: "="): break
        case UInt8(ascii: ">") where end > 0 && bytes[end - 1] == UInt8(ascii: "="): end -= 1
        case UInt8(ascii: "{"), UInt8(ascii: ","):
            return parent.sign == UInt8(ascii: "{") ? [Step(name: name, isArgument: false)] : []
        default: return []
        }
        while end > 0, bytes[end - 1].isWhite || bytes[end - 1].isQuote { end -= 1 }
        var start = end
        while start > 0, bytes[start - 1].isOfName { start -= 1 }
        return start < end ? [Step(name: bytes.text(start..<end), isArgument: isArgument)] : []
    }

    // MARK: Judging a place

    private static let ordinals = ["first", "second", "third", "fourth", "fifth", "sixth"]

    /// What a place in an argument of a call means. The steps lead from the call inwards.
    private func evaluate(
        _ call: RequestCall, argument: Int, _ steps: [Step], at place: Int, _ origin: Int
    ) -> Meaning {
        if call.hasNames, let first = steps.first, first.isArgument {
            if first.name == "header" || first.name == "Headers" { return misspelled(call, "argument") }
            return RequestCall.slot(named: first.name).map(plain) ?? Meaning()
        }
        if call.hasNames, steps.isEmpty, isNamed(place) {
            return isHeader(place) ? fault(call, "The header is given as an argument of its own.") : Meaning()
        }
        guard !call.slots.isEmpty else { return Meaning() }
        let what =
            argument < Self.ordinals.count ? "the \(Self.ordinals[argument]) argument of \(call.shown)" : "an argument of \(call.shown)"
        guard argument < call.slots.count else {
            let maxArguments = Self.count(call.slots.count) + (call.isStrict ? " without a name" : "")
            return fault(call, "The headers stand in \(what), which takes only \(maxArguments).")
        }
        let steps = steps[...]
        switch call.slots[argument] {
        case .headers:
            if steps.first?.name.lowercased() == "headers", !call.hasNames {
                return fault(
                    call,
                    "\(Self.capitalized(what)) is the headers themselves: a member named headers within them is sent as a header of that name."
                )
            }
            return Meaning()
        case .options: return options(call, steps, what)
        case .streamContext: return streamContext(call, steps, at: origin)
        case .addressOrOptions:
            // An address in its place is a text, in which no headers stand.
            return options(call, steps, what)
        case .query:
            return Meaning(
                place: .query,
                flaw: "The headers stand in \(what), which is the parameters of the address: they are never sent as headers, and the key"
                    + " is written into the address. Put them where they belong: \(call.remedy).")
        case .body:
            return Meaning(
                place: .body,
                flaw: "The headers stand in \(what), which is the body of the request: they are never sent as headers. Put them where they"
                    + " belong: \(call.remedy).")
        case .address, .method, .other:
            return fault(call, "The headers stand in \(what), in which it does not look for headers.")
        }
    }

    /// Whether what stands at an index is the name of an argument, as in `auth=…`.
    private func isNamed(_ index: Int) -> Bool {
        guard index == 0 || !bytes[index - 1].isQuote else { return false }
        let end = bytes.skip(from: bytes.skip(from: index) { $0.isOfName }) { $0.isBlank }
        return end + 1 < bytes.count && (bytes[end] == UInt8(ascii: "=") || bytes[end] == UInt8(ascii: ":"))
            && bytes[end + 1] != UInt8(ascii: "=") && bytes[end + 1] != UInt8(ascii: ">")
    }

    private func isHeader(_ index: Int) -> Bool {
        let name = HeaderName(bytes.text(index..<bytes.skip(from: index, upTo: 64) { $0.isOfName }))
        return name == .authorization || name == .apiKey
    }

    private func options(_ call: RequestCall, _ steps: ArraySlice<Step>, _ what: String) -> Meaning {
        guard let first = steps.first?.name else {
            return fault(call, "The header stands directly among the settings in \(what), and not in a member named headers.")
        }
        if first == "headers" { return Meaning() }
        let lower = first.lowercased()
        if lower == "headers" && language != .ruby && language != .php || lower == "header" || lower == "requestheaders" {
            return misspelled(call, "member")
        }
        return RequestCall.slot(named: first).map(plain) ?? Meaning()
    }

    private func streamContext(_ call: RequestCall, _ steps: ArraySlice<Step>, at place: Int) -> Meaning {
        let group = steps.first?.name.lowercased()
        if group == "https" || group == "ssl" || group == "curl" {
            return fault(call, "The settings stand under another name than http: PHP looks under http, for addresses with https too.")
        }
        let before = String(decoding: bytes[..<place].suffix(16).filter { !$0.isWhite && !$0.isQuote }, as: UTF8.self)
        if before.hasSuffix("headers=>") || steps.dropFirst().first?.name == "headers" {
            return fault(call, "The setting is named header, without an s.")
        }
        return group == "http" ? Meaning() : fault(call, "The header does not stand under http.")
    }

    private func plain(_ slot: RequestCall.Slot) -> Meaning {
        switch slot {
        case .query: Meaning(place: .query)
        case .body: Meaning(place: .body)
        default: Meaning()
        }
    }

    private func misspelled(_ call: RequestCall, _ what: String) -> Meaning {
        fault(call, "The \(what) for headers is named headers, in small letters and with an s at its end; the name here is another one.")
    }

    private func fault(_ call: RequestCall, _ why: String) -> Meaning {
        Meaning(flaw: "\(why) The key is never sent there. Put the headers where they belong: \(call.remedy).")
    }

    private static func count(_ number: Int) -> String {
        number == 1 ? "one argument" : number == 2 ? "two arguments" : "\(number) arguments"
    }

    private static func capitalized(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }

    // MARK: Answers

    private static let answers: Set<String> = ["res", "resp", "response", "w", "rw", "writer", "reply", "httpresponse", "servletresponse"]
    private static let setters: Set<String> = [
        "setheader", "header", "set", "add", "addheader", "append", "headers", "writehead", "setrequestheader", "put",
    ]

    /// The meaning of a header that is given to an answer, which goes to whoever calls this program.
    private func answerMeaning(at index: Int) -> Meaning? {
        guard let number = outline.innermost(at: index) else { return nil }
        let bracket = outline.brackets[number]
        let parts = bracket.callee.map { String($0.drop { $0 == "$" }) }
        if let flaw = bodyFlaw(parts.map { $0.lowercased() }, bracket) ?? curlFlaw(number) { return Meaning(flaw: flaw) }
        guard let last = parts.last?.lowercased() else { return nil }
        let sends =
            " It is sent nowhere: to call the API it has to be a header of the request."
        if language == .php, parts.count == 1, last == "header", bracket.callee.first == "header", bracket.sign == UInt8(ascii: "(") {
            return Meaning(
                flaw: "The function header() sets a header of this page's own answer, which goes to the visitor." + sends
                    + " Put it into CURLOPT_HTTPHEADER, or into the headers of the client.")
        }
        guard parts.count > 1, Self.setters.contains(last), let object = parts.first?.lowercased(), Self.answers.contains(object) else {
            return nil
        }
        // A test of a server calls its answer so, too, and reads from it.
        guard bracket.sign == UInt8(ascii: "(") || isAssigned(behind: bracket.close) else { return nil }
        return Meaning(flaw: "The header is set on an answer, which goes to whoever called this program." + sends)
    }

    /// Why a header is not sent that is given to the body of a request, or to its parameters, as clients in C# have them.
    private func bodyFlaw(_ parts: [String], _ bracket: ProgramOutline.Bracket) -> String? {
        if parts.suffix(2) == ["headers", "add"], parts.first == "content" || parts.dropLast(2).last == "content" {
            return "The header is given to the content, which is the body of the request and takes no such header. Give it to the request:"
                + " request.Headers.Add(\"Authorization\", \"Bearer KEY\")."
        }
        let isHeader =
            bytes[bracket.open..<Swift.min(bracket.close, bytes.count)].count < 2048
            && bytes.text(bracket.open..<Swift.min(bracket.close, bytes.count)).contains("HttpHeader")
        if parts.last == "addparameter", parts.count > 1, !isHeader {
            return
                "AddParameter puts it among the parameters of the address or of the body. Use AddHeader(\"Authorization\", \"Bearer KEY\")."
        }
        return nil
    }

    /// Why PHP's curl does not send a header that is given to one of its options.
    private func curlFlaw(_ innermost: Int) -> String? {
        guard language == .php else { return nil }
        var current: Int? = innermost
        while let number = current, outline.brackets[number].callee.last != "curl_setopt" { current = outline.brackets[number].parent }
        guard let number = current, let option = curlOption(outline.brackets[number]) else { return nil }
        if option == "CURLOPT_HEADER" {
            return "CURLOPT_HEADER says whether the answer's headers are shown. The headers of the request are given to CURLOPT_HTTPHEADER."
        }
        guard option == "CURLOPT_HTTPHEADER" else { return nil }
        if number == innermost {
            return "CURLOPT_HTTPHEADER takes a list of lines and not a text: put brackets around it, as in ['Authorization: Bearer KEY']."
        }
        for later in outline.brackets[(number + 1)...] where later.parent == outline.brackets[number].parent {
            if later.callee.last == "curl_init" { return nil }
            if later.callee.last == "curl_setopt", curlOption(later) == option {
                return "CURLOPT_HTTPHEADER is set again further below, and the last list replaces this one: put all headers into one list."
            }
        }
        return nil
    }

    /// The option that a call of `curl_setopt` sets.
    private func curlOption(_ bracket: ProgramOutline.Bracket) -> String? {
        guard bracket.commas.count >= 2 else { return nil }
        return bytes.text((bracket.commas[0] + 1)..<bracket.commas[1]).trimmingWhiteSpace
    }

    private func isAssigned(behind close: Int) -> Bool {
        let next = bytes.skip(from: close + 1) { $0.isBlank }
        return next + 1 < bytes.count && bytes[next] == UInt8(ascii: "=") && bytes[next + 1] != UInt8(ascii: "=")
    }
}
