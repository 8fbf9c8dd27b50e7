public import KeyEvents
internal import Projections
internal import Storage

/// The record of who reads data of other accounts (`LogRead`).
public struct Readings: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// The record of who reads data of other accounts.
    public var readings: Readings { Readings(self) }
}

extension Readings {
    /// Records that data of other accounts is shown to a caller.
    ///
    /// - Parameters:
    ///   - kind: the kind of data.
    ///   - accounts: the accounts whose data is in the response. Data of the account `operator` is not recorded.
    ///   - caller: the caller that reads.
    public func note(_ kind: ReadingKind, of accounts: some Sequence<AccountID>, by caller: Caller) {
        guard caller.visibleAccount == nil else { return }
        ledger.readingRecorder.note(kind, of: Set(accounts), by: caller)
    }

    /// Returns two accounts that have keys, or all where there are fewer, which is enough to determine whether there are others than
    /// the operator's.
    package func someAccounts() throws -> Set<AccountID> {
        var accounts: Set<AccountID> = []
        var last: KeyID?
        while accounts.count(where: { !$0.isOperator }) < 2 {
            let previous = last
            let page = try ledger.environment.read { transaction in
                try StateView(ledger.stateTables, transaction).store.keys(of: nil, after: previous, limit: 1000, transaction)
            }
            guard let end = page.last else { break }
            accounts.formUnion(page.map(\.accountID))
            last = end.id
        }
        return accounts
    }
}
