internal import KeyEvents
public import Ledger

extension Readings {
    /// Records that everything a filter lets through is shown to a caller.
    ///
    /// - Parameters:
    ///   - kind: what is read.
    ///   - filter: the filter of the events.
    ///   - caller: who reads.
    /// - Throws: the errors of reading the state.
    public func note(_ kind: ReadingKind, of filter: EventFilter, by caller: Caller) throws {
        guard caller.visibleAccount == nil else { return }
        if let account = try filter.account ?? filter.key.flatMap({ try ledger.key($0)?.accountID }) {
            return note(kind, of: [account], by: caller)
        }
        note(kind, of: try someAccounts(), by: caller)
    }
}
