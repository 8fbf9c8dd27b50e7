internal import Bytes
internal import Foundation
internal import HTTPTypes
internal import KeyEvents
internal import LedgerAPI

/// The judgement on a request as the service would make it, by the service's own code (`Credentials`), and the cause where the
/// service would find no key. Its sentences never quote the request.
struct RequestJudgement {
    enum Header: Equatable {
        /// The service finds a key: this text.
        case sent(String)
        /// The service finds no key in a header, or refuses how it is sent. The key is the one that was meant, where there is one.
        case faulty(String, key: String?)
        /// The header is right, and what it sends comes from a variable that the text gives this key.
        case assigned(String)
        /// The text is a key, or tells one, and shows no request: this key, and what is said of it.
        case alone(String, key: String)
        /// The text does not show what is sent, so that nothing more can be said: the reason, and what can be said in a headline.
        case unseen(String, headline: String)
    }

    static let expected = "Send it as Authorization: Bearer, then a space, then the key; or as X-API-Key: and the key."

    let header: Header
    /// What may keep the request from being sent as it stands.
    let caveats: [PastedRequest.Caveat]
    private let request: PastedRequest
    private let prefix: String

    init(_ request: PastedRequest, prefix: String) {
        self.request = request
        self.prefix = prefix
        let judge = Judge(request: request, prefix: prefix)
        header = judge.header()
        caveats = request.caveats + judge.assignmentCaveats
    }

    /// The text that was sent or meant as the key, judged; `nil` where there is none.
    var key: KeyText? {
        switch header {
        case .sent(let text), .assigned(let text): KeyText(text, prefix: prefix)
        case .faulty(_, let text?), .alone(_, let text): KeyText(text, prefix: prefix)
        case .faulty, .unseen: nil
        }
    }
}

/// The steps of a judgement.
private struct Judge {
    let request: PastedRequest
    let prefix: String

    private typealias Header = RequestJudgement.Header
    private static let expected = RequestJudgement.expected

    func header() -> RequestJudgement.Header {
        if let inAddress = keyInAddress() { return inAddress }
        if let flaw = request.flaw { return .faulty(flaw, key: meantKey()) }
        let known = knownFields()
        if let field = known.first(where: { $0.flaw != nil && $0.place == .header }), let flaw = field.flaw {
            let meant = Self.lastWord(field.value).flatMap { Placeholder.holdsVariable($0) || field.isComputed ? nil : $0 }
            return .faulty(flaw + " " + Self.expected, key: assignment(field)?.key ?? meant)
        }
        if let judged = judge(known) { return judged }
        if request.hasHeaderFile {
            return .unseen(
                "Headers stand in a file or in a variable, which cannot be seen here. Paste the lines of the file, or what is set, too.",
                headline: "The header stands elsewhere and cannot be seen here.")
        }
        return judgeOthers()
    }

    // MARK: The address

    /// The longest address that is looked at; servers take no longer ones.
    private static let maxAddressBytes = 16_384

    private func keyInAddress() -> RequestJudgement.Header? {
        let why =
            "The key stands in the address, which is logged in many places. The service refuses that; consider the key leaked,"
            + " and rotate it. "
        for address in request.addresses {
            let target = Self.target(of: String(address.prefix(Self.maxAddressBytes)))
            do { try Credentials.refuseKey(inTarget: target, prefix: prefix) } catch {
                return .faulty(why + Self.expected, key: MisplacedSecret(in: target, isWhole: true)?.secret?.reveal() ?? meantKey())
            }
        }
        for field in request.fields where field.place == .query {
            do { try Credentials.refuseKey(inTarget: "/?" + field.name + "=" + field.value, prefix: prefix) } catch {
                return .faulty(why + (field.flaw ?? Self.expected), key: Self.lastWord(field.value))
            }
        }
        return nil
    }

    /// The path and the query of an address, which are what a server is sent.
    private static func target(of address: String) -> String {
        var rest = Substring(address.utf8.prefix { $0 != UInt8(ascii: "#") })
        if let scheme = rest.range(of: "://") {
            rest = rest[scheme.upperBound...]
            rest = Substring(rest.utf8.drop { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") })
        }
        return String(rest)
    }

    /// The user name and password in an address, which programs send as `Basic`.
    private var userInAddress: String? {
        for address in request.addresses {
            guard let scheme = address.range(of: "://") else { continue }
            let authority = address[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
            guard let at = authority.lastIndex(of: "@"), at != authority.startIndex else { continue }
            return String(authority[..<at])
        }
        return nil
    }

    // MARK: The headers in which the service looks

    /// The fields of the two headers; of equal ones in a program only one.
    private func knownFields() -> [PastedRequest.Field] {
        var known: [PastedRequest.Field] = []
        for field in request.fields where field.place == .header {
            guard field.kind == .authorization || field.kind == .apiKey else { continue }
            if field.isCode, known.contains(where: { $0.name.lowercased() == field.name.lowercased() && $0.value == field.value }) {
                continue
            }
            known.append(field)
        }
        return known
    }

    private func judge(_ fields: [PastedRequest.Field]) -> RequestJudgement.Header? {
        guard let field = fields.first else { return nil }
        if fields.count > 1 { return judgeSeveral(fields) }
        let value = String(field.value[...].trimmingSpaces)
        if let problem = writingProblem(field, value) { return problem }
        let isBearer = field.kind == .authorization
        do {
            let secret = try Credentials.find(authorization: isBearer ? [value] : [], direct: isBearer ? [] : [value])
            guard !isWhole(String(secret)) else { return .sent(String(secret)) }
            if field.isComputed { return judgeComputed(field, value) }
            if let key = request.assignedKeys.key(named: String(secret)) {
                return .faulty(
                    "The name of the variable stands there in place of its value: it is sent as it is written, and not the key.", key: key)
            }
            if request.isLogged, case .faulty = KeyText(String(secret), prefix: prefix).kind { return Self.cutByLog }
            return Placeholder.holdsVariable(String(secret)) ? judgePlaceholder(String(secret)) : .sent(String(secret))
        } catch {
            if field.isComputed, Self.lastWord(value).map({ !isWhole($0) }) ?? true { return judgeComputed(field, value) }
            return isBearer ? judgeAuthorization(value) : judgeDirect(value)
        }
    }

    /// What the text gives to the variable in a field; `nil` where the field has none, or that cannot be told.
    private func assignment(_ field: PastedRequest.Field) -> AssignedKeys.Assignment? {
        let hasVariable = field.isComputed && !holdsKey(field.value) || Placeholder.holdsVariable(field.value)
        return hasVariable ? request.assignedKeys.assignment(in: field.value) : nil
    }

    /// What is to be said of the variables that the request takes its key from.
    var assignmentCaveats: [PastedRequest.Caveat] { knownFields().compactMap { assignment($0)?.caveat } }

    /// Judges a value that a program puts together, by the part that can be seen.
    private func judgeComputed(_ field: PastedRequest.Field, _ value: String) -> RequestJudgement.Header {
        let assignment = request.assignedKeys.assignment(in: value)
        let key = assignment?.key
        if let flaw = assignment?.flaw { return .faulty(flaw, key: key) }
        if assignment?.isSecure ?? false, !field.takesSecureText {
            return .faulty(Self.secureText, key: key)
        }
        if field.kind == .authorization {
            let lower = value.lowercased()
            let scheme = field.value.contains(" ") ? lower.split(separator: " ").first.map(String.init) : nil
            if lower.hasPrefix("bearer"), let sign = lower.dropFirst(6).first, "{$#%\\<".contains(sign) {
                return .faulty("The space between Bearer and the key is missing. " + Self.expected, key: key)
            } else if let scheme, scheme != "bearer", HeaderLine.isScheme(scheme) {
                return scheme == "basic"
                    ? judgeAuthorization(value) : .faulty("The scheme before the key is not Bearer. " + Self.expected, key: key)
            } else if lower != "bearer", scheme != "bearer" {
                return .unseen(
                    "The word Bearer does not stand before the variable. Unless the variable holds it too, it is missing. " + Self.expected,
                    headline: "What is sent cannot be seen here; the word Bearer may be missing.")
            }
        } else if field.value.lowercased().hasPrefix("bearer ") {
            return .faulty("X-API-Key takes the key alone, without the word Bearer.", key: key)
        }
        if let key { return .assigned(key) }
        return .unseen(
            "The form of the header is right. The key itself comes from a variable, so it cannot be seen here: look whether the"
                + " variable is set where the program runs, and paste what it really sends.",
            headline: "The header has the right form; the key in it cannot be seen here.")
    }

    private static let secureText =
        "PowerShell puts no text in the place of a SecureString: it sends the words System.Security.SecureString and not the key. Give the"
        + " header the key as a text, or send it with -Authentication Bearer -Token."

    /// Judges what stands for a key. A variable may be replaced before it is sent, of which the text shows nothing.
    private func judgePlaceholder(_ text: String) -> RequestJudgement.Header {
        let problem = Placeholder.problem(text) ?? KeyText(text, prefix: prefix).problem ?? ""
        guard Placeholder.holdsVariable(text), KeyText(text, prefix: prefix).kind == .placeholder else {
            return .faulty(problem, key: nil)
        }
        return .unseen(problem, headline: "A variable stands in place of the key: what is sent cannot be seen here.")
    }

    private func isWhole(_ text: String) -> Bool { KeyText(text, prefix: prefix).kind == .whole }

    /// What keeps the line from being sent at all.
    private func writingProblem(_ field: PastedRequest.Field, _ value: String) -> RequestJudgement.Header? {
        if value.lowercased().contains("convertto-securestring") {
            return .faulty(Self.secureText, key: MisplacedSecret(in: value)?.secret?.reveal())
        }
        let scalars = Array(value.unicodeScalars)
        let marks = field.name.unicodeScalars.filter(StrayCharacter.isTypographicQuote)
        if !marks.isEmpty || scalars.first.map(StrayCharacter.isTypographicQuote) ?? false {
            return .faulty(
                "Typographic (smart) quotation marks stand around the header. Programs do not take them for quotation marks;"
                    + " type plain ones.",
                key: Self.lastWord(value))
        }
        if field.name.utf8.last == .space {
            return .faulty(
                "A space stands between the header's name and the colon. Servers refuse that: take it out.", key: Self.lastWord(value))
        }
        if field.name.unicodeScalars.contains(where: StrayCharacter.isInvisible) {
            return .faulty(
                "An invisible character, such as a zero-width space, stands before the header's name. Type the name anew.",
                key: Self.lastWord(value))
        }
        if value.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\r" }) {
            let text = value.lowercased().hasPrefix("bearer") ? String(value.dropFirst(6)) : value
            let key = KeyText(text.trimmingWhiteSpace, prefix: prefix)
            let isMail = text.contains("=\n")
            return .faulty(
                isMail
                    ? StrayCharacter.mailBreak
                    : "A line break stands within the header's value. Send the header in one line, without the break.",
                key: key.key ?? text.trimmingWhiteSpace)
        }
        return nil
    }

    private func judgeSeveral(_ fields: [PastedRequest.Field]) -> RequestJudgement.Header {
        let keys = fields.map { Self.lastWord($0.value) ?? "" }
        let names = Set(fields.map { $0.kind == .authorization ? "Authorization" : "X-API-Key" })
        if names.count > 1, let key = keys.first(where: isWhole),
            let other = fields.first(where: { $0.kind == .authorization }), case .faulty(_, nil) = judgeAuthorization(other.value),
            other.value.lowercased().hasPrefix("basic")
        {
            let how = request.form == .command ? " (an option such as -u sends it)" : ""
            return .faulty(
                "The header Authorization is sent beside X-API-Key\(how), with no key of this service in it. The service does not choose:"
                    + " send one of the two headers.", key: key)
        }
        if Set(keys).count > 1 {
            return .faulty(
                "There are two different keys in the request. Send one: the service does not choose.", key: keys.first { isWhole($0) })
        }
        let place = names.count > 1 ? "in Authorization and in X-API-Key" : "in two headers of the same name"
        return .faulty("There are two keys in the request: the same key is sent twice, \(place). Send it once.", key: keys.first)
    }

    private func judgeDirect(_ value: String) -> RequestJudgement.Header {
        let words = value.split(separator: " ").map(String.init)
        guard let first = words.first else {
            return .faulty("There is nothing after the colon: the header is empty. " + Self.expected, key: nil)
        }
        if first.lowercased() == "bearer" {
            return .faulty("X-API-Key takes the key alone, without the word Bearer.", key: words.count > 1 ? words.last : nil)
        }
        if Placeholder.problem(value) != nil { return judgePlaceholder(value) }
        return judgeSeparated(value)
    }

    /// A value with a comma, or with white space in it.
    private func judgeSeparated(_ value: String) -> RequestJudgement.Header {
        let pieces = value.split { $0 == "," || $0.isWhitespace }.map { StrayCharacter.trimmed(String($0)) }.filter { !$0.isEmpty }
        let keys = Set(pieces.filter(isWhole))
        if keys.count > 1 { return .faulty("There are two different keys in one header. Send one.", key: keys.first) }
        if value.contains(",") {
            return .faulty(
                pieces.count > 1
                    ? "A comma stands in the header's value, as if there were two keys. Send the key alone."
                    : "A comma stands behind the key. Take it out.",
                key: keys.first ?? pieces.first)
        }
        let joined = pieces.joined()
        if isWhole(joined), pieces.count > 1 { return .faulty("A space stands within the key. Send the key in one piece.", key: joined) }
        if value.unicodeScalars.contains("\t") {
            return .faulty("A tab stands in the header's value. Send the key in one piece.", key: keys.first ?? joined)
        }
        return .faulty("Something stands beside the key, behind a space. Send the key alone.", key: keys.first ?? pieces.last)
    }

    private func judgeAuthorization(_ value: String) -> RequestJudgement.Header {
        let words = value.split(whereSeparator: \.isWhitespace).map(String.init)
        guard let first = words.first else {
            return .faulty("There is nothing after the colon: the header is empty. " + Self.expected, key: nil)
        }
        let lower = first.lowercased()
        let rest = words.dropFirst().joined(separator: " ")
        if value.unicodeScalars.first.map({ StrayCharacter.isStray($0) }) ?? false, !value.hasPrefix("\n") {
            let isQuote = value.unicodeScalars.first.map(StrayCharacter.isQuote) ?? false
            return .faulty(
                isQuote
                    ? "Quotation marks stand around the value. In a header they are sent along; take them out."
                    : "A special or invisible character stands before the value. Type the header anew.",
                key: Self.lastWord(value))
        }
        if lower == "bearer" { return judgeBearer(value, words, rest) }
        if lower.hasPrefix("bearer") {
            let behind = StrayCharacter.trimmed(String(value.dropFirst(6)))
            switch first.unicodeScalars.dropFirst(6).first {
            case ":":
                return .faulty(
                    "A colon stands behind Bearer, where only a space belongs. " + Self.expected,
                    key: Self.lastWord(String(behind.dropFirst())))
            case "=":
                return .faulty(
                    "An equals sign stands behind Bearer, where a space belongs. " + Self.expected,
                    key: Self.lastWord(String(behind.dropFirst())))
            case let sign? where StrayCharacter.isStray(sign):
                return .faulty(StrayCharacter.problem(of: sign, atEnd: false), key: Self.lastWord(behind))
            default: return .faulty("The space between Bearer and the key is missing. " + Self.expected, key: Self.lastWord(behind))
            }
        }
        if lower == "basic" { return judgeBasic(rest) }
        if words.count == 1 {
            let text = KeyText(first, prefix: prefix)
            if let equals = first.firstIndex(of: "="),
                HeaderLine.isScheme(String(first[..<equals])) || HeaderName(first[..<equals]) != .other
            {
                return .faulty(
                    "The scheme before the key is not Bearer. " + Self.expected, key: String(first[first.index(after: equals)...]))
            }
            if case .placeholder = text.kind { return .faulty((text.problem ?? "") + " The word Bearer is missing too.", key: nil) }
            return .faulty("The word Bearer is missing before the key. " + Self.expected, key: first)
        }
        let scheme = HeaderName.shown(StrayCharacter.trimmed(first)).map { "The scheme is \($0), and the service takes only Bearer. " }
        return .faulty((scheme ?? "The scheme before the key is not Bearer. ") + Self.expected, key: Self.lastWord(rest))
    }

    /// A value that begins with the word Bearer and is refused all the same.
    private func judgeBearer(_ value: String, _ words: [String], _ rest: String) -> RequestJudgement.Header {
        let behind = value.unicodeScalars.dropFirst(6)
        guard !rest.isEmpty else {
            return .faulty("There is no key after Bearer. See whether the program has been given one. " + Self.expected, key: nil)
        }
        if let sign = behind.first, sign != " " {
            return .faulty(
                StrayCharacter.isNoBreakSpace(sign)
                    ? "A no-break space stands between Bearer and the key. It looks like a space and is none: type a plain space."
                    : sign == "\t"
                        ? "A tab stands between Bearer and the key, where a space belongs."
                        : StrayCharacter.problem(of: sign, atEnd: false),
                key: Self.lastWord(rest))
        }
        if Placeholder.problem(rest) != nil { return judgePlaceholder(rest) }
        if words[1].lowercased() == "bearer" {
            return .faulty("The word Bearer stands there twice. Write it once, before the key.", key: words.last)
        }
        if HeaderLine.isScheme(words[1]), words.count > 2 {
            return .faulty("Something stands between Bearer and the key. " + Self.expected, key: words.last)
        }
        return judgeSeparated(String(Substring(behind).drop { $0 == " " }))
    }

    private func judgeBasic(_ encoded: String) -> RequestJudgement.Header {
        let start = "The scheme is Basic, which is for user names and passwords"
        let how = request.form == .command ? " (an option such as -u sends it)" : ""
        var padded = encoded.filter { $0 != "=" }
        while padded.utf8.count % 4 != 0 { padded += "=" }
        guard let data = Data(base64Encoded: padded), let text = String(validating: data, as: UTF8.self) else {
            return .faulty(start + how + ". " + Self.expected, key: isWhole(encoded) ? encoded : nil)
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        for (part, role) in zip(parts, ["user name", "password"]) where !part.isEmpty {
            let key = KeyText(part, prefix: prefix)
            guard key.kind == .whole || key.kind == .faulty || key.key != nil else { continue }
            return .faulty("\(start)\(how); your key stands in it as the \(role). " + Self.expected, key: part)
        }
        return .faulty("\(start)\(how), and there is no key in it. " + Self.expected, key: nil)
    }

    // MARK: Anything else

    /// The request has neither of the two headers.
    private func judgeOthers() -> RequestJudgement.Header {
        if let field = request.fields.first(where: { $0.flaw != nil && $0.place != .header && $0.kind != .other }) {
            return judgeOther(field)
        }
        if let user = userInAddress {
            let key = user.split(separator: ":").map(String.init).first { KeyText($0, prefix: prefix).kind == .whole }
            return .faulty(
                "The key stands before the host in the address, which is sent as Basic and not as Bearer. " + Self.expected, key: key)
        }
        let others = request.fields.filter { $0.kind != .other || holdsKey($0.value) }
        if let field = others.first(where: { $0.place == .header && $0.kind == .misnamed }) ?? others.first(where: { holdsKey($0.value) }) {
            return judgeOther(field)
        }
        if let loose = request.looseKeys.first { return judgeLoose(loose) }
        if let field = others.first, field.place == .header,
            field.isComputed || KeyText(field.value, prefix: prefix).kind != .foreign || OtherProduct.problem(field.value) != nil
        {
            return judgeOther(field)
        }
        return judgeWords()
    }

    private func holdsKey(_ value: String) -> Bool { KeyCandidates(Array(value.utf8), prefix: prefix).isEmpty == false }

    private func judgeOther(_ field: PastedRequest.Field) -> RequestJudgement.Header {
        let written = field.place == .header ? nil : KeyCandidates(Array(field.value.utf8), prefix: prefix).whole
        let key = assignment(field)?.key ?? written ?? Self.lastWord(field.value).flatMap { Placeholder.holdsVariable($0) ? nil : $0 }
        switch field.place {
        case .query: return .faulty((field.flaw ?? "The key stands in the address. ") + Self.expected, key: key)
        case .cookie: return .faulty("The key stands in a cookie, in which the service does not look. " + Self.expected, key: key)
        case .body:
            return .faulty(
                (field.flaw ?? "The key stands in the body of the request, in which the service does not look.") + " " + Self.expected,
                key: key)
        case .header: break
        }
        if field.kind == .misnamed || !field.isCode && field.kind == .other {
            if field.name.lowercased() == "cookie" {
                return .faulty("The key stands in a cookie, in which the service does not look. " + Self.expected, key: key)
            }
            let isOther = field.kind == .other || field.flaw != nil && !field.name.hasPrefix("X_")
            if !field.isCode, isOther, field.name.contains("_"), field.name.uppercased() == field.name, let key {
                return .alone("This is a line of settings with the key, and no header of a request. " + Self.expected, key: key)
            }
            let name = HeaderName.shown(field.name).map { " (\($0))" } ?? ""
            let flaw = field.flaw.map { $0 + " " } ?? ""
            return .faulty("\(flaw)The header has another name\(name) than the service looks for. " + Self.expected, key: key)
        }
        let text = "The key stands there, but not in a header of a request. " + Self.expected
        return key.map { !isCall && isWhole($0) ? .alone(text, key: $0) : .faulty(text, key: $0) } ?? .faulty(text, key: nil)
    }

    private func judgeLoose(_ text: String) -> RequestJudgement.Header {
        let isBearer = text.hasPrefix("Bearer ")
        let keys = Set(request.looseKeys.map { $0.replacing("Bearer ", with: "") }.filter(isWhole))
        if keys.count > 1 {
            return .faulty("There are two different keys in what you pasted. A request takes one; paste one at a time.", key: keys.first)
        }
        if request.words.count > 1, request.looseKeys.count == 1, !isBearer {
            let joined = request.words.joined(separator: "\n")
            let whole = KeyText(joined, prefix: prefix)
            if whole.key != nil, request.words.first.map({ !isWhole($0) }) ?? false, request.words.count < 4 {
                return .alone("This is a key without a header, with a line break or a space in it. " + Self.expected, key: joined)
            }
        }
        let key = isBearer ? String(text.dropFirst(7)) : text
        if request.isLogged, case .faulty = KeyText(key, prefix: prefix).kind { return Self.cutByLog }
        if isBearer { return .faulty("The name of the header is missing. " + Self.expected, key: key) }
        return isCall
            ? .faulty("The key stands there, but not in a header of the request. " + Self.expected, key: key)
            : .alone(Self.howToSend, key: key)
    }

    /// Whether the text shows a request, and not just a key.
    private var isCall: Bool { request.method != nil || !request.addresses.isEmpty || request.form != .other && request.form != .code }

    /// What is said of a key that was pasted without a request.
    private static let howToSend =
        "This is a key without a header, and no request. A request takes it as Authorization: Bearer, then a space, then the key; or as"
        + " X-API-Key: and the key. With curl: curl -H 'X-API-Key: KEY' ADDRESS."

    /// What is said of a piece of a key in a line of a log.
    private static let cutByLog = Header.unseen(
        "The line of the log shows a piece of a key: logs cut long values, or end with the width of their window. Whether the whole key was"
            + " sent cannot be seen here; paste the request itself.",
        headline: "The log shows only a piece of the key, so nothing can be said of it.")

    /// A text of a word or two, which may be a key of any kind, whole or not.
    private func judgeWords() -> RequestJudgement.Header {
        let isCall = request.method != nil || request.form != .other || !request.fields.isEmpty
        if request.outcome != nil, !isCall { return Self.noRequest }
        if request.method == nil, request.addresses.isEmpty, (1...2).contains(request.words.count), request.answer == nil,
            let last = request.words.last
        {
            let isBearer = request.words.count == 2 && HeaderLine.isScheme(request.words[0])
            if isBearer || request.words.count == 1 {
                let key = last.lowercased() == "bearer" ? nil : last
                if isBearer { return .faulty("The name of the header is missing. " + Self.expected, key: key) }
                return .alone("There is no header, but one word alone. " + Self.expected, key: last)
            }
        }
        let whole = request.words.joined(separator: " ")
        if Placeholder.problem(whole) != nil { return .faulty("There is no header. " + Self.expected, key: whole) }
        let isRequest = request.method != nil || !request.addresses.isEmpty || !request.fields.isEmpty
        if request.form == .logLine {
            return .unseen(
                "This line of a log shows no header. Look whether the request had one: " + Self.expected,
                headline: "This line of a log shows no header, so nothing can be said of it.")
        }
        return isRequest ? .faulty("The request has no header with a key. " + Self.expected, key: nil) : Self.noRequest
    }

    private static let noRequest = Header.unseen(
        "There is no request and no header in the text. Paste the whole request or command, with the header in which the key is sent.",
        headline: "This shows no request.")

    private func meantKey() -> String? {
        request.fields.lazy.compactMap { Self.lastWord($0.value) }.first { KeyText($0, prefix: prefix).key != nil }
            ?? request.looseKeys.first.map { $0.replacing("Bearer ", with: "") }
    }

    private static func lastWord(_ value: String) -> String? {
        value.split(whereSeparator: \.isWhitespace).last.map(String.init)
    }
}
