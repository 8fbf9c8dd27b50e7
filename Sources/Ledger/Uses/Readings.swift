public import KeyEvents
internal import Projections
internal import Storage

/// The record of who read what belongs to others (`LogRead`).
public struct Readings: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// The record of who read what belongs to others.
    public var readings: Readings { Readings(self) }
}

extension Readings {
    /// Records that data of other accounts is shown to a caller.
    ///
    /// - Parameters:
    ///   - kind: what is read.
    ///   - accounts: the accounts whose data is in the response. Data of the account `operator` is not recorded.
    ///   - caller: who reads.
    public func note(_ kind: ReadingKind, of accounts: some Sequence<AccountID>, by caller: Caller) {
        guard caller.visibleAccount == nil else { return }
        ledger.readingRecorder.note(kind, of: Set(accounts), by: caller)
    }

    /// Two accounts that have keys, or all where there are fewer: enough to tell whether there are others than the operator's.
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
