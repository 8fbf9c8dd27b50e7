internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections
internal import Validation

extension Audit {
    /// Explains the event at a position: evaluates a recorded verdict again, and describes every other event. Costs the lifecycle
    /// events of the event's key.
    ///
    /// - Parameter position: the position of the event.
    /// - Returns: the explanation.
    /// - Throws: `ServiceError.invalid` where the log has no such position; the errors of reading the log and the views.
    public func explain(_ position: UInt64) throws -> Explanation {
        guard let event = try ledger.reader.event(at: position) else {
            let last = try ledger.log.lastPosition()
            throw ServiceError.invalid(
                field: "position",
                problem: last.map { "\(position) is none of the log, whose last record stands at \($0)." }
                    ?? "\(position) is none of the log: it has no record yet.")
        }
        var reading = EventReading(ledger)
        let what = try reading.recorded(event, at: position)
        let personal = what.personal
        func explanation(
            _ finding: Explanation.Finding, _ sentence: String, recorded: VerdictCode? = nil, evidence: [CausingEvent] = []
        ) -> Explanation {
            Explanation(
                what: what, recorded: recorded, finding: finding, sentence: sentence,
                evidence: evidence)
        }
        let (use, refusal): (Event.Use, RefusalCode?)
        switch event.body {
        case .used(let body): (use, refusal) = (body, nil)
        case .refused(let body, let code): (use, refusal) = (body, code)
        default: return explanation(.isNoVerdict, EventSummary.text(what))
        }
        if let objection = event.addressObjection(personal) {
            return explanation(
                .isContradictory(objection), "No presentations can have been so: \(objection).", recorded: VerdictCode(refusal))
        }
        if refusal == .permissionDenied { return explanation(.isNoVerdict, Self.denialSentence(use)) }
        guard let recorded = VerdictCode(refusal) else {
            let why = "limits and quotas are not among the rules that this version knows"
            return explanation(.isUndecidable(why), "It cannot be decided again: \(why).")
        }
        func contradiction(_ why: String) -> Explanation {
            explanation(.isContradictory(why), "No decision can have been so: \(why).", recorded: recorded)
        }
        guard use.decidedAtPosition < position else {
            return contradiction("it names position \(use.decidedAtPosition) as what it was decided on, which does not lie before it")
        }
        let history = try ledger.past.history(of: event.keyID, before: use.decidedAtPosition + 1)
        guard let state = history.state else { return contradiction("the key was not made by position \(use.decidedAtPosition)") }
        guard state.accountID == event.accountID else {
            return contradiction("it names the account \(event.accountID), and the key is of \(state.accountID)")
        }
        guard let secret = state.secrets.first(where: { $0.record.id == use.secretID }) else {
            return contradiction("the key had no secret number \(use.secretID) by position \(use.decidedAtPosition)")
        }
        let accessCheck = AccessCheck(
            scopes: use.scopesAsked, environment: use.environmentAsked, address: personal?.clientAddress.flatMap { IPAddress($0) })
        var doubt: String?
        let verdict = try PastQueries.verdict(on: state, secret, accessCheck, at: use.decidedAt, use.decidedAtPosition) {
            doubt = addressDoubt(state, event, personal, recorded)
            if doubt != nil { return false }
            return try Validator.isAllowed(accessCheck.address, state, ledger.vault) { try ledger.accounts.erasures(of: state.accountID) }
        }
        // The checks before the address check did not refuse the key; a record that says so is wrong, whatever the address was.
        if let doubt, recorded.isDecidedByAddressOrLater {
            return explanation(
                .isUndecidable(doubt), "It cannot be decided again: \(doubt).", recorded: recorded,
                evidence: history.evidence(of: verdict, accessCheck))
        }
        return explanation(
            .decided(verdict.code), VerdictReason.sentence(verdict, accessCheck, state), recorded: recorded,
            evidence: history.evidence(of: verdict, accessCheck))
    }

    private static func denialSentence(_ use: Event.Use) -> String {
        guard let permission = use.permissionAsked else {
            return "The key was good, and was used for what only keys of another account, or of the operator, may do."
        }
        return "The key was good, and lacked the permission \(permission), which the call to Keyledger needed."
    }

    /// The reason for which it is not known whether the key's IP allowlist contained the address; `nil` where it is known.
    private func addressDoubt(_ state: KeyState, _ event: Event, _ personal: PersonalFields?, _ recorded: VerdictCode) -> String? {
        if state.personal(ledger.vault).ipAllowlist == nil {
            return "the key could be used from some addresses only, and which can no longer be read, since its account's data key was"
                + " destroyed"
        }
        if event.sealed != nil, personal == nil {
            return "the key could be used from some addresses only, and the one of this call can no longer be read, since its account's"
                + " data key was destroyed"
        }
        // A caller without a known address is refused, so such a refusal needs no address. Any other verdict had an address that could
        // not be recorded.
        if event.sealed == nil, recorded != .ipNotAllowed {
            return "the key could be used from some addresses only, and the one of this call was not recorded"
        }
        return nil
    }
}

extension VerdictCode {
    /// The code as a record holds it; `nil` for a code that no verdict of this version has.
    fileprivate init?(_ refusal: RefusalCode?) {
        guard let refusal else {
            self = .valid
            return
        }
        guard let code = Self.allCases.first(where: { $0.refusal == refusal }) else { return nil }
        self = code
    }

    fileprivate var isDecidedByAddressOrLater: Bool { self == .valid || self == .ipNotAllowed || self == .insufficientScope }
}
