internal import Algorithms
internal import EventLog
public import KeyEvents
public import Projections
internal import Storage

/// What accounts have and may, and the erasure of their personal fields.
public struct AccountCommands: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// Accounts: their rules, and the erasure of their personal fields.
    public var accounts: AccountCommands { AccountCommands(self) }
}

extension AccountCommands {
    /// Reads how many keys an account has, and its rules. An unknown account has no keys and the default rules.
    ///
    /// - Parameters:
    ///   - account: the account.
    ///   - caller: on whose behalf the account is read.
    /// - Returns: the account's standing.
    /// - Throws: `ServiceError.unknownAccount` where the caller does not see the account; the errors of reading the state.
    public func accountStanding(_ account: AccountID, for caller: Caller) throws -> AccountStanding {
        guard caller.sees(account) else { throw ServiceError.unknownAccount }
        let now = ledger.time.now
        return try ledger.environment.read { transaction in
            let view = try StateView(ledger.stateTables, transaction)
            return try view.store.standing(of: account, at: view.time(at: now), transaction)
        }
    }

    /// Changes the rules of an account, which only the account `operator` and the local command line may do.
    ///
    /// - Parameters:
    ///   - account: the account whose rules change.
    ///   - change: the new values of the rules that change.
    ///   - caller: on whose behalf the rules are changed.
    ///   - localUser: the user id (uid) of who asked for it, where it was asked for on the command line.
    ///   - commandID: the caller's idempotency key; a repeated command with it returns the first outcome and changes nothing.
    /// - Returns: the outcome with the account's standing after the change.
    /// - Throws: `ServiceError.missingPermission` without the permission to write keys, `.operatorsOnly` and `.unknownAccount` for
    ///   callers of other accounts, `.refused` and `.invalid` for rules that are not allowed; `LedgerError` where the log is not the
    ///   newest copy or the clock is in doubt; the errors of appending to the log.
    public func changeAccount(
        _ account: AccountID, _ change: AccountRulesChange, by caller: Caller, localUser: UInt32? = nil, commandID: String? = nil
    ) async throws -> AccountOutcome {
        try caller.require(.keysWrite)
        guard caller.account.isOperator else { throw caller.sees(account) ? ServiceError.operatorsOnly : ServiceError.unknownAccount }
        if let refusal = KeyRules.check(account: account) { throw ServiceError.refused(refusal) }
        if case .own(let scopes)? = change.grantable, let refusal = KeyRules.check(grantable: scopes) {
            throw ServiceError.refused(refusal)
        }
        if case .own(let limit)? = change.keyLimit, limit > Self.maxKeyLimit {
            throw ServiceError.invalid(field: "keyLimit", problem: "must be 0 to \(Self.maxKeyLimit).")
        }
        try ledger.commands.refuseSecret(in: account.description, "accountId")
        if case .own(let scopes)? = change.grantable { for scope in scopes { try ledger.commands.refuseSecret(in: scope, "grantable") } }
        var change = change
        if case .own(let scopes)? = change.grantable { change.grantable = .own(Array(scopes.uniqued())) }
        let id = try ledger.commands.commandID(
            commandID, caller, content: ["change account", account.description] + change.content, isPersonal: false)
        // The record holds who made the change, and from where, sealed.
        if !caller.personal.isEmpty {
            do { try await ledger.commands.prepareVault(of: account) } catch {
                ledger.options.report("\(error) Who changed \(account) is not kept.")
            }
        }
        try ledger.standing.requireNewestCopy()
        _ = try ledger.watch.believed()
        return try await withCheckedThrowingContinuation { continuation in
            ledger.writer.enqueue(
                AccountRulesJob(
                    change, of: account, by: caller, id: id, localUser: localUser, vault: ledger.vault, watch: ledger.watch,
                    sweep: ledger.sweep, reader: ledger.reader, continuation))
        }
    }

    /// The maximum key limit: the largest integer that every JSON reader represents exactly.
    private static let maxKeyLimit: UInt64 = 1 << 53 - 1
}

extension AccountRulesChange {
    /// Everything that was asked for: a repeated command is compared by it.
    fileprivate var content: [String] {
        var parts: [String] = []
        switch keyLimit {
        case nil: break
        case .standard?: parts += ["standard keyLimit"]
        case .own(let limit)?: parts += ["keyLimit", "\(limit)"]
        }
        switch grantable {
        case nil: break
        case .standard?: parts += ["standard grantable"]
        case .own(let scopes)?: parts += ["grantable", "\(scopes.count)"] + scopes
        }
        return parts
    }
}
