internal import KeyEvents
internal import KeyService
internal import Validation

/// What a calling service asks about one key.
struct VerifyRequest: Sendable {
    private let secret: String
    private let question: Question
    private let context: UseContext
    private let isDryRun: Bool
    private let minPosition: UInt64?

    /// `account`: whose keys the asker may know of; `nil`: everyone's.
    init(_ fields: inout RequestFields, account: AccountID?) throws(Problem) {
        secret = try fields.required("key", fields.string("key"))
        let scopes = try fields.strings("scopes") ?? []
        guard scopes.count <= Scope.maximumCount else { throw fields.invalid("scopes", "are more than \(Scope.maximumCount).") }
        guard scopes.allSatisfy({ Scope.isValid($0) }) else {
            throw fields.invalid(
                "scopes",
                "hold something that is not a scope: 1 to 128 printable ASCII characters, none of them a"
                    + " space, a quote or a backslash; * alone or at the end after a colon.")
        }
        let environment = try fields.string("environment")
        if let environment, !KeyEnvironment.isValid(environment) {
            throw fields.invalid("environment", "must be 1 to 16 lowercase letters or digits and begin with a letter.")
        }
        question = Question(scopes: scopes, environment: environment, account: account)
        context = UseContext(
            clientAddress: try fields.string("ip", upTo: 64), method: try fields.string("method", upTo: 32),
            path: try fields.string("path", upTo: 8192))
        isDryRun = try fields.bool("dryRun") ?? false
        minPosition = try fields.wholeNumber("minPosition")
        try fields.end()
    }

    func verdict(_ call: Call) async throws -> VerdictDocument {
        let verdict = try await call.ledger.verify(
            secret, question, context: context, isDryRun: isDryRun, minPosition: minPosition, actor: call.caller.actor)
        return try call.ledger.document(verdict, on: secret)
    }
}
