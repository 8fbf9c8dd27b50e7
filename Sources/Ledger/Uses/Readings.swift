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
    /// To be called with what is about to be shown to somebody, so that it is on record who read what belongs to others.
    ///
    /// - Parameters:
    ///   - kind: what was read.
    ///   - accounts: whose data are in the answer. Those of the account operator are no others'.
    ///   - caller: who reads.
    public func note(_ kind: ReadingKind, of accounts: some Sequence<AccountID>, by caller: Caller) {
        guard caller.visibleAccount == nil else { return }
        ledger.readingRecorder.note(kind, of: Set(accounts), by: caller)
    }

    /// Two of the accounts that have keys, or all where there are not so many: enough to tell whether there are others than the operator's.
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
