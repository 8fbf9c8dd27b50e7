internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Validation

/// What a calling service asks about one key.
struct VerifyRequest: Sendable {
    let secret: String
    let question: Question
    let context: UseContext
    private let isDryRun: Bool
    private let minPosition: UInt64?
    /// The moment that is asked about, and where the request says so; `nil`: now.
    private let past: (point: LogPoint, field: String)?

    /// `account`: whose keys the asker may know of; `nil`: everyone's. `path`: where the request stands in the body.
    init(_ body: JSONValue, path: String = "", account: AccountID?) throws(Problem) {
        // How the customer called is not the service's fault: of a path that holds a secret nothing is recorded, and what is long is cut
        // (`UseContext`).
        var fields = try RequestFields(body, path: path, secrets: ["key", "path"])
        secret = try fields.required("key", fields.string("key"))
        let scopes = try fields.strings("scopes") ?? []
        let environment = try fields.string("environment")
        // The ledger checks it too; here, before any of a batch is recorded, and named with its place.
        switch KeyRules.check(environment: environment, scopes: scopes, now: Timestamp(seconds: 0)) {
        case .invalid(let field, let problem): throw fields.invalid(field, problem)
        case let refusal?: throw Problem(refusal)
        case nil: break
        }
        context = UseContext(
            clientAddress: try fields.string("ip", upTo: 64), method: try fields.string("method"), path: try fields.string("path"))
        question = Question(scopes: scopes, environment: environment, account: account, address: context.address)
        isDryRun = try fields.bool("dryRun") ?? false
        minPosition = try fields.wholeNumber("minPosition")
        past = try fields.point("at").map { ($0, fields.place(of: "at")) }
        try fields.end()
    }

    /// To be recorded, and to be answered without waiting for anybody.
    var isOrdinary: Bool { !isDryRun && minPosition == nil && past == nil }

    /// Whether it is about the past: a question, of which nothing is recorded.
    var isOfPast: Bool { past != nil }

    /// Returns when the position is reached from which on it may be answered.
    func waitForPosition(_ ledger: Ledger) async throws {
        if let minPosition { try await ledger.verifier.wait(for: minPosition) }
    }

    /// The verdict as it was; `nil` where the request is about now. To be called among the questions.
    func pastVerdict(_ ledger: Ledger) throws -> VerdictDocument? {
        guard let past else { return nil }
        let moment = try ledger.past.moment(past.point, field: past.field)
        return try ledger.document(ledger.past.verdict(on: secret, question, at: moment), on: secret, asked: question.scopes)
    }

    /// The verdict of now; its use is recorded.
    func verdict(_ call: Call) async throws -> VerdictDocument {
        let verdict = try await call.ledger.verifier.verify(
            secret, question, context: context, isDryRun: isDryRun, minPosition: minPosition, actor: call.caller.actor)
        return try call.ledger.document(verdict, on: secret, asked: question.scopes)
    }
}
