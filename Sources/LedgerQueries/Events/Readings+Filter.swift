internal import KeyEvents
public import Ledger

extension Readings {
    /// As above, of everything that a filter lets through.
    public func note(_ kind: ReadingKind, of filter: EventFilter, by caller: Caller) throws {
        guard caller.visibleAccount == nil else { return }
        if let account = try filter.account ?? filter.key.flatMap({ try ledger.key($0)?.accountID }) {
            return note(kind, of: [account], by: caller)
        }
        note(kind, of: try someAccounts(), by: caller)
    }
}
