internal import KeyEvents
internal import KeyService
internal import Validation

/// What a calling service asks about one key.
struct VerifyRequest: Sendable {
    let secret: String
    let question: Question
    let context: UseContext
    private let isDryRun: Bool
    private let minPosition: UInt64?

    /// `account`: whose keys the asker may know of; `nil`: everyone's.
    init(_ fields: inout RequestFields, account: AccountID?) throws(Problem) {
        secret = try fields.required("key", fields.string("key"))
        let scopes = try fields.strings("scopes") ?? []
        let environment = try fields.string("environment")
        // The ledger checks it too; here, before any of a batch is recorded, and named with its place.
        if case .invalid(let field, let problem) = KeyRules.check(environment: environment, scopes: scopes, now: Timestamp(seconds: 0)) {
            throw fields.invalid(field, problem)
        }
        let address = try fields.string("ip", upTo: 64)
        question = Question(scopes: scopes, environment: environment, account: account, address: address.flatMap { IPAddress($0) })
        context = UseContext(
            clientAddress: address, method: try fields.string("method", upTo: 32),
            path: try fields.string("path", upTo: 8192))
        isDryRun = try fields.bool("dryRun") ?? false
        minPosition = try fields.wholeNumber("minPosition")
        try fields.end()
    }

    /// To be recorded, and to be answered without waiting for anybody.
    var isOrdinary: Bool { !isDryRun && minPosition == nil }

    func verdict(_ call: Call) async throws -> VerdictDocument {
        let verdict = try await call.ledger.verify(
            secret, question, context: context, isDryRun: isDryRun, minPosition: minPosition, actor: call.caller.actor)
        return try call.ledger.document(verdict, on: secret)
    }
}
