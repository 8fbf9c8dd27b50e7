internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Validation

/// What is wrong with a pasted request, in the order in which the service checks it: the header, the key's completeness, its status
/// and its expiry; and what else decides whether a call is accepted: addresses, scopes, the environment. It never shows what was
/// pasted.
struct RequestDiagnosis {
    enum State: String {
        case ok, wrong, note, skipped

        var text: String {
            switch self {
            case .ok: "OK"
            case .wrong: "Wrong"
            case .note: "Look at this"
            case .skipped: "Not reached"
            }
        }
    }

    struct Check {
        let label: String
        let state: State
        let text: String
        /// The code in the table of refusals that the text is about.
        var code: String?
    }

    /// What a result is like, by its colour.
    enum Tone: String {
        case bad, note, good
    }

    let request: PastedRequest
    private let signedIn: SignedInRequest
    private(set) var checks: [Check] = []
    private(set) var headline = ""
    private var key: DecryptedKey?
    /// What may keep the request from being sent as it stands.
    private var caveats: [PastedRequest.Caveat] = []
    /// Whether a key was pasted without a request.
    private var isAlone = false

    /// Diagnoses a request for the user who pasted it: another account's key is as unknown as one that does not exist.
    init(_ request: PastedRequest, _ signedIn: SignedInRequest) throws {
        self.request = request
        self.signedIn = signedIn
        if request.isAnswerAlone {
            headline = "This is an answer of the service."
            add("Header format", .skipped, "For the cause, paste the request that was answered too, with its header.")
        } else {
            try diagnose(RequestJudgement(request, prefix: signedIn.ledger.prefix))
        }
        addAnswer()
        addOutcome()
    }

    /// What the result is like.
    var tone: Tone {
        let states = checks.map(\.state)
        if states.contains(.wrong) || key == nil && !request.isAnswerAlone && !states.contains(.note) { return .bad }
        return states.contains(.note) || key == nil ? .note : .good
    }

    /// The fields of the template.
    var fields: TemplateContext { fields(tone, headline, summary: summary, before: []) }

    /// The fields of the template for a result of several requests, of which this one is shown in full.
    ///
    /// - Parameters:
    ///   - tone: What the result is like.
    ///   - headline: What is said of all requests.
    ///   - summary: What the text was taken for.
    ///   - before: The checks that stand before those of this request.
    /// - Returns: The fields.
    func fields(_ tone: Tone, _ headline: String, summary: String?, before: [Check]) -> TemplateContext {
        var fields: TemplateContext = [
            "resultTone": tone.rawValue, "overallText": headline, "resultSummary": summary,
            "checks": (before + checks).map {
                [
                    "checkLabel": $0.label, "checkState": $0.state.rawValue, "checkStateText": $0.state.text, "checkText": $0.text,
                    "checkCode": $0.code, "checkEditPath": editPath($0),
                ] as TemplateContext
            },
        ]
        if let key {
            fields["resultKeyPath"] = KeyRow.path(of: key.state.id)
            fields["resultKeyName"] = KeyRow.name(key)
        }
        return fields
    }

    /// The path of the page on which the key is given what a check says it lacks.
    private func editPath(_ check: Check) -> String? {
        guard let key, let code = check.code, check.state != .ok else { return nil }
        return RefusalHelp.editPath(curing: code, of: key.state, for: signedIn)
    }

    /// What the text was taken for.
    private var summary: String? {
        let names = ["Authorization", "X-API-Key"].filter { name in
            request.fields.contains { $0.place == .header && $0.kind == (name == "Authorization" ? .authorization : .apiKey) }
        }
        let headers = names.isEmpty ? nil : (names.count == 1 ? "the header " : "the headers ") + names.joined(separator: " and ")
        if request.form == .header, let headers { return "Read as \(headers)." }
        guard request.form != .other || request.method != nil else { return nil }
        let method = request.method.map { ", method \($0)" } ?? ""
        return "Read as \(request.form.rawValue)\(method)\(headers.map { ", with \($0)" } ?? "")."
    }

    private mutating func add(_ label: String, _ state: State, _ text: String = "", code: String? = nil) {
        checks.append(Check(label: label, state: state, text: text, code: code))
    }

    private mutating func skip(_ labels: String...) { for label in labels { add(label, .skipped) } }

    // MARK: The header and the key

    private mutating func diagnose(_ judgement: RequestJudgement) throws {
        caveats = judgement.caveats
        switch judgement.header {
        case .alone(let text, let key):
            isAlone = true
            add("Header format", .note, text)
            try diagnose(key, fault: nil)
        case .unseen(let text, let headline):
            self.headline = headline
            add("Header format", .note, text)
            skip("Completeness", "Status", "Expiry")
        case .faulty(let cause, nil):
            headline = "The header is wrong: the service finds no key in it."
            add("Header format", .wrong, cause)
            skip("Completeness", "Status", "Expiry")
        case .faulty(let cause, let text?):
            add("Header format", .wrong, cause)
            let isInAddress = cause.hasPrefix("The key stands in the address")
            try diagnose(text, fault: isInAddress ? "it stands in the address, where the service refuses it" : "the header is wrong")
        case .assigned(let text):
            add(
                "Header format", .note,
                "The form of the header is right. The key comes from a variable: what is judged is the key that stands in the text. Look"
                    + " whether the variable holds it where the program runs.")
            try diagnose(text, fault: nil)
        case .sent(let text):
            add("Header format", .ok, "This is how a key is sent.")
            if request.isInTwoLines {
                add(
                    "Lines", .note,
                    "The header's name and its value stand in two lines, as browsers copy them, and were read as one. A"
                        + " program has to send them in one line.")
            }
            try diagnose(text, fault: nil)
        }
    }

    /// Diagnoses the text that was sent or meant as the key. `fault` is what is wrong with the request itself.
    private mutating func diagnose(_ text: String, fault: String?) throws {
        let reading = KeyText(text, prefix: signedIn.ledger.prefix)
        var verdict = try evaluate(text)
        if verdict.code == .malformed {
            let problem = reading.problem ?? signedIn.ledger.verifier.malformedMessage(text) ?? verdict.message
            add("Completeness", .wrong, problem)
            headline =
                isAlone
                ? Self.headlineAlone(reading.kind)
                : fault == nil ? Self.headline(reading.kind) : "The header is wrong, and there is no whole key in it."
            if case .id(let id) = reading.kind, let known = try? signedIn.ledger.keys.decryptedKey(id, for: signedIn.caller) { show(known) }
            guard let meant = reading.key else { return skip("Status", "Expiry") }
            verdict = try evaluate(meant)
        } else {
            add("Completeness", .ok, "The key is complete.")
        }
        guard let known = verdict.key, verdict.code != .notFound else {
            if verdict.code == .notFound, fault == nil, reading.kind == .whole { headline = "There is no such key." }
            if headline.isEmpty { headline = "There is no such key, and \(fault ?? "it is not sent as it should be")." }
            add("Status", .wrong, "No key of yours is this one. Check that it is the right one, or create a new one.", code: "NOT_FOUND")
            return skip("Expiry")
        }
        let key = try signedIn.ledger.keys.decryptedKey(known.id, for: signedIn.caller)
        show(key)
        addStatus(key, known)
        guard key.state.status(at: signedIn.now) == .active, !known.isSecretRetired else { return headlineEnded(key, known, fault) }
        addAddresses(key)
        addScopes(key)
        addEnvironment(key)
        if addTarget() { addBody() }
        guard fault == nil, headline.isEmpty else {
            if headline.isEmpty { headline = "The key is active; \(fault ?? "it is not sent as it should be")." }
            return
        }
        for caveat in caveats { add("Shell", .note, caveat.text) }
        if key.state.scopes.isEmpty {
            headline = "The key is active, but has no scopes."
        } else if isAlone {
            headline = "The key is active. How it goes into a request is below."
        } else if let caveat = caveats.first, !checks.contains(where: { $0.state == .wrong }) {
            headline = "The key is active. " + caveat.headline
        } else if checks.contains(where: { $0.state == .wrong }) {
            headline = "The key is active and sent as it should be, but may not make this call."
        } else if isAnswerStrange {
            headline =
                "The answer does not fit: the key is active and sent as it should be. Something else was sent, or it was before a change."
        } else if let code = request.answer?.code, RefusalHelp.ofCalls.contains(where: { $0.code == code }) {
            headline = "The key is active and sent as it should be. The answer is about something else: see below."
        } else {
            headline =
                checks.contains { $0.state == .note } || request.outcome?.connectionMeaning != nil
                ? "The key is active and sent as it should be. What else decides is below."
                : "Nothing is wrong with the key: it is active and sent as it should be."
        }
    }

    private func evaluate(_ text: String) throws -> Verdict {
        try signedIn.ledger.verifier.evaluate(text, AccessCheck(account: signedIn.caller.visibleAccount, address: signedIn.caller.address))
    }

    private mutating func show(_ key: DecryptedKey) {
        signedIn.noteReading(.keys, of: [key.state.accountID])
        self.key = key
    }

    private static func headline(_ kind: KeyText.Kind) -> String {
        switch kind {
        case .whole, .faulty: "You did not send the complete key, or not the key alone."
        case .id: "You sent the key's ID and not the key."
        case .placeholder: "There is no key: something stands in its place."
        case .foreign: "What was sent is no key of this service."
        }
    }

    private static func headlineAlone(_ kind: KeyText.Kind) -> String {
        switch kind {
        case .whole, .faulty: "This is not the complete key, or not the key alone."
        case .id: "This is the key's ID and not the key."
        case .placeholder: "There is no key: something stands in its place."
        case .foreign: "This is no key of this service."
        }
    }

    // MARK: What the key may do

    private mutating func addStatus(_ key: DecryptedKey, _ known: Verdict.KnownKey) {
        let status = key.state.status(at: signedIn.now)
        switch status {
        case .active where known.isSecretRetired:
            add("Status", .wrong, "This secret of the key was replaced by a newer one and has ended. Send the newer one.", code: "REVOKED")
        case .active:
            if let retirement = key.state.secrets.first(where: { $0.record.id == known.secretID })?.retirement {
                let end = retirement.date.map { "until \(Format.time($0)) at the latest" } ?? "until the newer one is used"
                add("Status", .note, "The key is active, but this secret of it was replaced: it is accepted \(end). Send the newer one.")
            } else {
                add("Status", .ok, "The key is active.")
            }
        case .expired: add("Status", .ok, "The key was neither revoked nor disabled.")
        case .revoked: add("Status", .wrong, "The key was revoked, for good. Create a new one.", code: "REVOKED")
        case .disabled: add("Status", .wrong, "The key is disabled. Enable it on its page.", code: "DISABLED")
        }
        switch (key.state.expiresAt, status) {
        case (_, .revoked): skip("Expiry")
        case (let date?, .expired): add("Expiry", .wrong, "The key expired on \(Format.time(date)). Create a new one.", code: "EXPIRED")
        case (let date?, _): add("Expiry", .ok, "The key expires on \(Format.time(date)).")
        case (nil, _): add("Expiry", .ok, "The key does not expire.")
        }
    }

    private mutating func headlineEnded(_ key: DecryptedKey, _ known: Verdict.KnownKey, _ fault: String?) {
        let end =
            switch key.state.status(at: signedIn.now) {
            case .expired: "The key has expired"
            case .revoked: "The key was revoked"
            case .disabled: "The key is disabled"
            case .active: "The key's secret was replaced by a newer one"
            }
        headline = end + (fault.map { ", and \($0)." } ?? ".")
    }

    private mutating func addAddresses(_ key: DecryptedKey) {
        guard let allowlist = key.ipAllowlist else {
            return add(
                "Addresses", .wrong, "The key's list of addresses can no longer be read: it is refused everywhere.", code: "IP_NOT_ALLOWED")
        }
        guard !allowlist.isEmpty else { return add("Addresses", .ok, "The key may be used from every address.") }
        let shown = allowlist.prefix(5).joined(separator: ", ") + (allowlist.count > 5 ? " and \(allowlist.count - 5) more" : "")
        var text = "The key may only be used from \(shown). "
        if let address = signedIn.caller.address {
            let isAllowed = allowlist.contains { IPNetwork($0)?.contains(address) ?? false }
            text += "From this browser's address, \(address), it would be \(isAllowed ? "accepted" : "refused"). "
        }
        add("Addresses", .note, text + "What counts is the address of the program that calls.", code: "IP_NOT_ALLOWED")
    }

    private mutating func addScopes(_ key: DecryptedKey) {
        let scopes = key.state.scopes
        guard !scopes.isEmpty else {
            let permissions = key.state.permissions.map(\.rawValue).joined(separator: ", ")
            let rest = permissions.isEmpty ? "" : " It may only call this service itself (\(permissions))."
            return add(
                "Scopes", .wrong,
                "The key has no scopes: the listings API refuses it everywhere. Edit the key to give it the scopes it needs, or use one that has them."
                    + rest,
                code: "INSUFFICIENT_SCOPE")
        }
        let shown = scopes.prefix(8).joined(separator: ", ") + (scopes.count > 8 ? " and \(scopes.count - 8) more" : "")
        guard let needed = neededScope, let method = request.method else { return addScopesUnseen(scopes, shown) }
        if Scope.permits(scopes, needed) {
            add("Scopes", .ok, "\(method) needs \(needed) here, which the key has.")
        } else {
            add("Scopes", .wrong, "\(method) needs \(needed) here, and the key has only \(shown).", code: "INSUFFICIENT_SCOPE")
        }
    }

    /// Judges the scopes where the text does not show the address: by the method, where it shows that.
    private mutating func addScopesUnseen(_ scopes: [String], _ shown: String) {
        func lacks(_ action: String) -> Bool {
            let known = signedIn.dashboard.settings.suggestedScopes.map(\.scope).filter { $0.hasSuffix(":" + action) }
            return !known.isEmpty && !known.contains { Scope.permits(scopes, $0) }
        }
        let code = VerdictCode.insufficientScope.rawValue
        if let method = request.method, let action = Self.action(method), lacks(action) {
            let text = "\(method) needs a scope to \(action), and the key has only \(shown)."
            // A call that goes to another service needs no scope of this one.
            return add("Scopes", request.addresses.contains { $0.contains("://") } ? .note : .wrong, text, code: code)
        }
        var (mayLack, text) = (request.answer?.code == code, "A call that needs another scope is refused.")
        if request.method == nil, !isAlone, lacks("write") {
            // Headers alone are no call yet.
            mayLack = mayLack || !request.addresses.isEmpty
            text =
                "A call that reads (GET) is accepted; one that writes (POST, PUT, PATCH, DELETE) is refused. Which of the two this is cannot be"
                + " seen here."
        }
        add("Scopes", mayLack ? .note : .ok, "The key has \(shown). \(text)", code: mayLack ? code : nil)
    }

    /// What a method does to a resource, in the word of the scopes; `nil` for one that needs no scope.
    private static func action(_ method: String) -> String? {
        switch method {
        case "GET", "HEAD": "read"
        case "POST", "PUT", "PATCH", "DELETE": "write"
        default: nil
        }
    }

    /// The scope that the request needs, as far as its method and its path tell: `listings:read` to read what is below `/listings`.
    private var neededScope: String? {
        guard let action = request.method.flatMap(Self.action) else { return nil }
        let parts = pathComponents
        return signedIn.dashboard.settings.suggestedScopes.map(\.scope).first { scope in
            parts.contains { scope == "\($0):\(action)" }
        }
    }

    /// The components of the first address, without its query.
    private var pathComponents: [String] {
        let path = (request.addresses.first ?? "").utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        return path.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
    }

    private mutating func addEnvironment(_ key: DecryptedKey) {
        switch key.state.environment {
        case "live": add("Environment", .ok, "The key is a live key.")
        case "test":
            add(
                "Environment", .note, "The key is a test key: a service that works with live data refuses it as unknown.", code: "NOT_FOUND"
            )
        case let other:
            add(
                "Environment", .note, "The key belongs to the environment \(other): services of another one refuse it as unknown.",
                code: "NOT_FOUND")
        }
    }

    /// Adds what is known of the address that the request goes to, and returns whether listings can be there.
    private mutating func addTarget() -> Bool {
        guard let address = request.addresses.first(where: { $0.contains("://") })?.lowercased(), let scheme = address.firstRange(of: "://")
        else { return true }
        let host = String(address[scheme.upperBound...].prefix { !"/?#:".contains($0) })
        let difference = signedIn.dashboard.settings.exampleURL.flatMap {
            TargetAddress.difference(of: request.addresses, from: $0, mayBeBase: request.form == .code)
        }
        let isLocal = host == "localhost" || host.hasPrefix("127.") || host.hasPrefix("[")
        let own = signedIn.dashboard.settings.publicURL?.lowercased()
        if let own, let start = own.firstRange(of: "://"), own[start.upperBound...].prefix(while: { !"/?#:".contains($0) }) == host,
            !isLocal
        {
            add("Address", .note, "The request goes to this service, where keys are managed, and not to the API for which the key is.")
            return false
        } else if host == "example.com" || host.hasSuffix(".example.com") || host.hasSuffix(".example") {
            add("Address", .note, "The address is that of an example. Put the address of the API there.")
        } else if let difference {
            add("Address", .note, difference)
            return false
        } else if address.hasPrefix("http://"), !isLocal {
            add("Address", .note, "The address begins with http: the key is sent without encryption. Use https.")
        }
        return true
    }

    /// Adds what the service expects of a call of this method to this address, and a command does not send.
    private mutating func addBody() {
        guard request.form == .command, let method = request.method, neededScope != nil else { return }
        let call = ListingsCall(method, pathComponents)
        if request.isBodyUntyped, call.hasBody {
            add(
                "Content-Type", .note, "The command does not say that its body is JSON: add the header Content-Type: application/json.",
                code: "UNSUPPORTED_MEDIA_TYPE")
        }
        let hasMatch = request.hasHeaderFile || request.fields.contains { $0.name.lowercased() == "if-match" }
        if !hasMatch, call.namesState {
            add(
                "If-Match", .note, "The command does not say which state of the listing was seen: add the header If-Match.",
                code: "PRECONDITION_REQUIRED")
        }
    }

    // MARK: The answer

    private mutating func addAnswer() {
        guard let answer = request.answer else { return }
        if let help = answer.code.flatMap(RefusalHelp.of) {
            add("Answer", .note, "\(help.code), HTTP \(help.status): \(help.meaning) \(help.remedy)", code: help.code)
        } else if let status = answer.status, let help = Self.help(of: status) {
            add("Answer", .note, "HTTP \(status): \(help.meaning) \(help.remedy)", code: help.code)
        } else if let status = answer.status, let text = Self.meaning(of: status) {
            add("Answer", .note, "HTTP \(status): \(text)")
        }
    }

    /// Adds what became of the call where no answer of the service says it.
    private mutating func addOutcome() {
        guard let outcome = request.outcome else { return }
        if let meaning = outcome.connectionMeaning { return add("Connection", .note, meaning) }
        guard request.answer == nil else { return }
        switch outcome {
        case .status(let status):
            let text = Self.help(of: status).map { "\($0.meaning) \($0.remedy)" } ?? Self.meaning(of: status)
            if let text { add("Answer", .note, "HTTP \(status): \(text)", code: Self.help(of: status)?.code) }
        case .list: add("Answer", .note, "This is a list from the listings API: the call that it answers was accepted.")
        case .connection, .crossOrigin: break
        }
    }

    /// Whether the answer refuses the key for what it is, and no check finds that.
    private var isAnswerStrange: Bool {
        let found = checks.filter { $0.state != .ok }.compactMap(\.code)
        if let code = request.answer?.code {
            guard code != RefusalCode.permissionDenied.name, RefusalHelp.ofKeys.contains(where: { $0.code == code }) else { return false }
            return !found.contains(code)
        }
        let status =
            if case .status(let named) = request.outcome { request.answer?.status ?? named } else { request.answer?.status }
        return status == 401 && !found.contains { RefusalHelp.of($0)?.status == 401 }
    }

    /// The one explanation that answers of a status can have; `nil` where the code is needed to tell several apart.
    private static func help(of status: Int) -> RefusalHelp? {
        let known = RefusalHelp.all.filter { $0.status == status }
        return known.count == 1 ? known[0] : nil
    }

    private static func meaning(of status: Int) -> String? {
        switch status {
        case 400: "The request was not understood. Its answer has a code that says more."
        case 401: "The service found no key that it accepts. The answer has a code that says why."
        case 403: "The key was found, and may not do this. The answer has a code that says why."
        case 404: "There is nothing at this address. Look whether the path is right."
        case 429: "There were too many requests. Wait as long as the answer says."
        case 500...: "The service had a problem of its own. Try again later."
        default: nil
        }
    }
}
