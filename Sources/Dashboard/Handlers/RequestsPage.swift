internal import Bytes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Projections

/// The request log of a key: its newest uses and refusals.
struct RequestsPage: Sendable {
    private static let pageSize = 50

    let signedIn: SignedInRequest

    func show() throws -> Response {
        let key = try signedIn.key
        signedIn.noteReading(.events, of: [key.state.accountID])
        let usage = try signedIn.ledger.keys.usage(of: key.state.id, for: signedIn.caller).usage
        let asked = signedIn.query["outcome"] ?? ""
        let outcome = Self.outcome(asked) ?? .any
        let before = signedIn.query["before"].flatMap { WholeNumber.read($0, in: UInt64.min...UInt64.max) }
        let found = try signedIn.ledger.events.requests(
            of: key.state.id, outcome, before: before, limit: Self.pageSize, for: signedIn.caller)
        let path = KeyRow.path(of: key.state.id)
        let filtered = path + "/requests" + (outcome == .any ? "" : "?outcome=\(Form.encode(asked))")
        return signedIn.page(
            "requests", title: "Requests with \(KeyRow.name(key))",
            [
                "backPath": path, "backText": KeyRow.name(key), "requestsPath": path + "/requests", "name": KeyRow.name(key),
                "hint": key.state.hint, "outcomes": Self.outcomes(usage, asked: outcome),
                "requests": found.events.compactMap { RequestRow($0, of: key.state)?.fields }, "hasRequests": !found.events.isEmpty,
                "showsRemedies": true,
                "noneText": Self.none(outcome, isEnd: found.next == nil, isFirst: before == nil),
                "hasPages": before != nil || found.next != nil, "newestPath": before == nil ? nil : filtered,
                "olderPath": found.next.map { filtered + (outcome == .any ? "?" : "&") + "before=\($0)" },
            ])
    }

    private static func outcome(_ text: String) -> RequestOutcome? {
        switch text {
        case "": .any
        case "accepted": .accepted
        case "refused": .refused
        default: RefusalCode.allCases.first { $0.name == text }.map(RequestOutcome.refusedFor)
        }
    }

    /// The outcomes to choose from: the reasons among them for which the key was refused so far.
    private static func outcomes(_ usage: KeyUsage, asked: RequestOutcome) -> [TemplateContext] {
        let reasons = usage.counts.refusals.filter { $0.value > 0 || .refusedFor($0.key) == asked }.sorted { $0.value > $1.value }
        let choices = [("", "All"), ("accepted", "Accepted"), ("refused", "Refused")] + reasons.map { ($0.key.name, $0.key.name) }
        return choices.map { value, label in
            ["outcomeValue": value, "outcomeLabel": label, "outcomeChosen": outcome(value) == asked]
        }
    }

    private static func none(_ outcome: RequestOutcome, isEnd: Bool, isFirst: Bool) -> String {
        if !isEnd { return "None among those that were looked at so far; there are older ones." }
        if !isFirst { return "There are no older ones." }
        switch outcome {
        case .any: return "This key was never used, and never refused."
        case .accepted: return "This key was never used."
        case .refused, .refusedFor: return "This key was never refused" + (outcome == .refused ? "." : " for this reason.")
        }
    }
}
