internal import EventLog
public import KeyEvents
public import Ledger
public import Projections
internal import Storage

/// A key as lists show it.
public struct ListedKey: Sendable {
    public let key: KeyView
    public let usage: KeyUsage
}
/// Questions about keys as they are now. Each brings the views to the head of the log first.
public struct KeyQueries: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// Questions about keys as they are now.
    public var keys: KeyQueries { KeyQueries(self) }
}

extension KeyQueries {
    /// The state with its personal fields, as far as they can be read.
    public func view(_ state: KeyState) -> KeyView { KeyView(state, ledger.vault) }

    /// A key its caller may see.
    public func keyView(_ id: KeyID, for caller: Caller) throws -> KeyView {
        guard let state = try ledger.key(id), caller.sees(state.accountID) else { throw ServiceError.unknownKey }
        return KeyView(state, ledger.vault)
    }

    /// Keys in the order of their creation, newest first if asked; of one account, or of all that the caller sees.
    public func listKeys(
        for caller: Caller, account: AccountID? = nil, after previous: KeyID? = nil, limit: Int, newestFirst: Bool = false
    ) throws -> [ListedKey] {
        if let account, !caller.sees(account) { throw ServiceError.unknownAccount }
        try Cancellation.check()
        let views = ledger.viewsAtHead()
        let states = try ledger.environment.read { transaction in
            try StateView(ledger.stateTables, transaction).store.keys(
                of: account ?? caller.visibleAccount, after: previous, limit: limit, descending: newestFirst, transaction)
        }
        let usage = try views.usage(of: states.map(\.id))
        return states.map { ListedKey(key: KeyView($0, ledger.vault), usage: usage[$0.id] ?? KeyUsage()) }
    }

    public func usage(of id: KeyID, for caller: Caller) throws -> ListedKey {
        let view = try keyView(id, for: caller)
        let views = ledger.viewsAtHead()
        return ListedKey(key: view, usage: try views.usage(of: [id])[id] ?? KeyUsage())
    }

    /// A key's presentations by hour or day.
    public func buckets(
        _ bucket: Views.Bucket, of id: KeyID, from start: Timestamp, to end: Timestamp, limit: Int, for caller: Caller
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        _ = try keyView(id, for: caller)
        let views = ledger.viewsAtHead()
        return try views.buckets(bucket, of: id, from: start, to: end, limit: limit)
    }
}
