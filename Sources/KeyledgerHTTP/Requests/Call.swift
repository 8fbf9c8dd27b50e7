internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

/// A call whose caller is known and has the permission that the endpoint requires.
struct Call: BodyReading {
    let request: Request
    let query: Query
    let context: ServiceContext
    let ledger: Ledger
    let caller: Caller
    /// The authorization by which the caller is known.
    let authorization: StreamAuthorization
    /// The use of the caller's key that is in progress. Its outcome is recorded when the call is answered.
    let progress: CallInProgress?

    /// The key that the path names. Text that cannot be an id is as unknown as an id that no key has.
    var keyID: KeyID {
        get throws(ServiceError) {
            guard let id = context.parameters["id"].flatMap({ KeyID($0) }) else { throw .unknownKey }
            return id
        }
    }

    /// The segments that matched `{rest}`.
    var rest: [Substring] { context.parameters.getCatchAll() }

    /// Records whose data the response discloses.
    func noteReading(_ kind: ReadingKind, of accounts: some Sequence<AccountID>) { ledger.readings.note(kind, of: accounts, by: caller) }

    /// The reason for recording a refusal, when an error says that the caller may not do what it requested; `nil` for other
    /// errors.
    func denial(_ error: any Error) -> CallDenial? {
        if let problem = error as? Problem { return problem.code == .missingPermission ? CallDenial(lacking: nil) : nil }
        return ledger.verifier.denial(
            error, on: (context.parameters["id"].map(String.init) ?? query["keyId"]).flatMap { KeyID($0) }, by: caller)
    }

    /// Runs a query that reads much of the ledger in the lane for queries, in which accounts share the threads fairly.
    func ask<Value: Sendable>(_ question: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await ledger.lanes.questions.run(for: .account(caller.account), question)
    }

    /// The value of the header `Idempotency-Key`, which identifies the command.
    var commandID: String? {
        get throws(Problem) {
            let values = request.headers[values: .idempotencyKey]
            guard values.count <= 1 else { throw .invalid("Idempotency-Key", "was sent more than once.") }
            // The ledger looks for secrets in it (`KeyCommands.commandID`).
            return values.first
        }
    }
}
