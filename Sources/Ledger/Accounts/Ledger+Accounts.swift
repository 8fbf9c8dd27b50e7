internal import Algorithms
internal import EventLog
public import KeyEvents
public import Projections
internal import Storage

extension Ledger {
    /// What an account has and may. Of an account that nobody has heard of: nothing, and what is usual.
    public func accountStanding(_ account: AccountID, for caller: Caller) throws -> AccountStanding {
        guard caller.sees(account) else { throw ServiceError.unknownAccount }
        let now = now
        return try environment.read { transaction in
            let view = try StateView(stateTables, transaction)
            return try view.store.standing(of: account, at: view.time(at: now), transaction)
        }
    }

    /// Says what an account is allowed, which only the account `operator` and the local command line do.
    ///
    /// - Parameters:
    ///   - account: of which the rules are.
    ///   - change: what is to be otherwise.
    ///   - caller: on whose behalf.
    ///   - localUser: who asked for it, by number (uid), where it was asked for on the command line.
    /// - Returns: what the account has and may afterwards.
    /// - Throws: `ServiceError.operatorsOnly` and `.unknownAccount` for callers of other accounts, `.refused` and `.invalid` for rules that are
    ///   none; whatever appending throws.
    public func changeAccount(
        _ account: AccountID, _ change: AccountRulesChange, by caller: Caller, localUser: UInt32? = nil
    ) async throws -> AccountStanding {
        try caller.require(.keysWrite)
        guard caller.account.isOperator else { throw caller.sees(account) ? ServiceError.operatorsOnly : ServiceError.unknownAccount }
        if case .own(let scopes)? = change.grantable, let refusal = KeyRules.check(grantable: scopes) {
            throw ServiceError.refused(refusal)
        }
        if case .own(let limit)? = change.keyLimit, limit > Self.largestKeyLimit {
            throw ServiceError.invalid(field: "keyLimit", problem: "must be 0 to \(Self.largestKeyLimit).")
        }
        try refuseSecret(in: account.description, "accountId")
        if case .own(let scopes)? = change.grantable { for scope in scopes { try refuseSecret(in: scope, "grantable") } }
        var change = change
        if case .own(let scopes)? = change.grantable { change.grantable = .own(Array(scopes.uniqued())) }
        // Who does it, and from where, is kept.
        if !caller.personal.isEmpty {
            do { try await prepareVault(of: account) } catch { options.report("\(error) Who changed \(account) is not kept.") }
        }
        try standing.requireNewestCopy()
        _ = try watch.believed()
        return try await withCheckedThrowingContinuation { continuation in
            writer.enqueue(
                AccountRulesJob(
                    change, of: account, by: caller, localUser: localUser, vault: vault, watch: watch, reader: reader, continuation))
        }
    }

    /// What every JSON reader keeps exact.
    private static let largestKeyLimit: UInt64 = 1 << 53 - 1
}
