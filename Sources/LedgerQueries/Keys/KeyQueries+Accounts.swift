public import KeyEvents
public import Ledger
internal import Projections
internal import Storage

extension KeyQueries {
    /// Lists the accounts that have, or had, keys and that the caller sees.
    ///
    /// - Parameter caller: on whose behalf the accounts are listed; needs the permission to read keys.
    /// - Returns: the accounts in the order of their names.
    /// - Throws: `ServiceError.missingPermission` where the permission is missing; the errors of reading the log, the state and the
    ///   views.
    public func accounts(for caller: Caller) throws -> [AccountID] {
        try caller.require(.keysRead)
        return try searchIndex.upToDate(ledger.viewsAtHead()).accounts.filter { caller.visibleAccount == nil || $0 == caller.account }
            .sorted()
    }

    /// Collects the scopes of an account's keys.
    ///
    /// - Parameters:
    ///   - account: the account.
    ///   - limit: how many keys are read, the newest first.
    ///   - caller: on whose behalf the keys are read; needs the permission to read keys.
    /// - Returns: the scopes of these keys.
    /// - Throws: `ServiceError` where the permission is missing or the account is not the caller's; the errors of reading the state.
    public func scopes(of account: AccountID, ofNewest limit: Int, for caller: Caller) throws -> Set<String> {
        try caller.require(.keysRead)
        guard caller.sees(account) else { throw ServiceError.unknownAccount }
        return try ledger.environment.read { transaction in
            let keys = try StateView(ledger.stateTables, transaction).store.keys(
                of: account, after: nil, limit: limit, descending: true, transaction)
            return Set(keys.lazy.flatMap(\.scopes))
        }
    }
}
