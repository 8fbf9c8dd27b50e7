package import KeyEvents
package import Ledger
internal import LedgerQueries
package import Validation

/// A verification request of a service, about one key.
package struct VerifyRequest: Sendable {
    package let secret: String
    package let accessCheck: AccessCheck
    package let context: UseContext
    private let isDryRun: Bool
    private let minPosition: UInt64?
    /// The time or position in the past that the request is about, with the field that states it; `nil` for the present.
    private let past: (bound: LogBound, field: String)?

    /// Reads a request. `account` limits the keys that the caller may know about; `nil` means all accounts. `path` is the JSON path of
    /// the request in the body, `prefix` that of the ledger's secrets.
    package init(_ body: JSONValue, path: String = "", account: AccountID?, prefix: String) throws(Problem) {
        // A customer's request is not the service's fault: a path that contains a secret is not recorded, and a long one is cut
        // (`UseContext`).
        var fields = try RequestFields(body, path: path, secrets: ["key", "path"], prefix: prefix)
        secret = try fields.required("key", fields.string("key"))
        let scopes = try fields.strings("scopes") ?? []
        let environment = try fields.string("environment")
        // The ledger checks this too. It is checked here before any request of a batch is recorded, and the error names the field's
        // path.
        switch KeyRules.check(environment: environment, scopes: scopes, now: Timestamp(seconds: 0)) {
        case .invalid(let field, let problem): throw fields.invalid(field, problem)
        case let refusal?: throw Problem(refusal)
        case nil: break
        }
        context = UseContext(
            clientAddress: try fields.string("ip", upTo: 64), method: try fields.string("method"), path: try fields.string("path"))
        accessCheck = AccessCheck(scopes: scopes, environment: environment, account: account, address: context.address)
        isDryRun = try fields.bool("dryRun") ?? false
        minPosition = try fields.wholeNumber("minPosition")
        past = try fields.bound("at").map { ($0, fields.place(of: "at")) }
        try fields.end()
    }

    /// Whether the use is to be recorded, and the verdict need not wait for a position.
    package var isOrdinary: Bool { !isDryRun && minPosition == nil && past == nil }

    /// Whether the request is about the past, so that nothing is recorded.
    package var isOfPast: Bool { past != nil }

    /// Returns the requested verification, on behalf of a caller.
    package func exchange(_ actor: Actor, in ledger: Ledger) -> VerifyExchange {
        VerifyExchange(secret, accessCheck, context: context, actor: actor, in: ledger)
    }

    /// Returns when the log has reached the position that the request requires.
    package func waitForPosition(_ ledger: Ledger) async throws {
        if let minPosition { try await ledger.verifier.wait(for: minPosition) }
    }

    /// Returns the past verdict; `nil` when the request is about the present. Call it in the lane for queries.
    package func pastVerdict(_ actor: Actor, in ledger: Ledger) throws -> VerdictDocument? {
        guard let past else { return nil }
        return try exchange(actor, in: ledger).pastVerdict(at: ledger.past.asOf(past.bound, field: past.field)).document
    }

    /// Returns the present verdict and records the use.
    package func verdict(_ actor: Actor, in ledger: Ledger) async throws -> VerdictDocument {
        try await exchange(actor, in: ledger).verdict(isDryRun: isDryRun, minPosition: minPosition).document()
    }
}
