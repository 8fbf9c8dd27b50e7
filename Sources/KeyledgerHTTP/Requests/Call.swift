internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger

/// A call whose caller is known and has the permission that its endpoint asks for.
struct Call: BodyReading {
    let request: Request
    let query: Query
    let context: ServiceContext
    let ledger: Ledger
    let caller: Caller
    /// By which the caller is known.
    let authority: Authority
    /// The use of the caller's key, which is recorded as what it was when the call is answered.
    let progress: CallInProgress?

    /// The key that the address names. Text that cannot be an id is as unknown as an id nobody has.
    var keyID: KeyID {
        get throws(ServiceError) {
            guard let id = context.parameters["id"].flatMap({ KeyID($0) }) else { throw .unknownKey }
            return id
        }
    }

    /// What stands in the place of `{rest}`.
    var rest: [Substring] { context.parameters.getCatchAll() }

    /// Says whose data are in the answer.
    func noteReading(_ kind: ReadingKind, of accounts: some Sequence<AccountID>) { ledger.readings.note(kind, of: accounts, by: caller) }

    /// Whether an error says that the caller must not do what was asked.
    func denial(_ error: any Error) -> CallDenial? {
        if let problem = error as? Problem { return problem.code == .missingPermission ? CallDenial(lacking: nil) : nil }
        return ledger.verifier.denial(
            error, on: (context.parameters["id"].map(String.init) ?? query["keyId"]).flatMap { KeyID($0) }, by: caller)
    }

    /// Runs what reads much of the ledger among the questions, when it is the turn of the caller's account.
    func ask<Value: Sendable>(_ question: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await ledger.lanes.questions.run(for: .account(caller.account), question)
    }

    var commandID: String? {
        get throws(Problem) {
            let values = request.headers[values: .idempotencyKey]
            guard values.count <= 1 else { throw .invalid("Idempotency-Key", "was sent more than once.") }
            if let secret = values.first.flatMap({ MisplacedSecret(in: $0, isWhole: true) }) {
                throw .secret(secret, in: "Idempotency-Key")
            }
            return values.first
        }
    }
}
