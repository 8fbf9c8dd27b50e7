internal import Algorithms
public import KeyEvents
public import Ledger
internal import Projections
internal import Storage

extension KeyQueries {
    /// Searches the caller's keys. With 100,000 keys a page takes some milliseconds.
    ///
    /// - Parameters:
    ///   - search: what is searched, in which order, and which page.
    ///   - caller: on whose behalf the keys are read; needs the permission to read keys.
    /// - Returns: the page, and how many keys match.
    /// - Throws: `ServiceError` where the permission is missing or the account is not the caller's; the errors of reading the log, the
    ///   state and the views.
    public func findKeys(_ search: KeySearch, for caller: Caller) throws -> FoundKeys {
        try caller.require(.keysRead)
        if let account = search.account, !caller.sees(account) { throw ServiceError.unknownAccount }
        let views = ledger.viewsAtHead()
        let byUsage = search.order == .lastUsed || search.order == .uses
        let matches = KeyMatches(search, for: caller, in: try searchIndex.upToDate(views, withUsage: byUsage), now: ledger.time.now)
        return FoundKeys(
            page: try listed(matches.page(), views), total: matches.shown.count, hiddenCount: search.includesEnded ? 0 : matches.endedCount,
            endedCount: matches.endedCount, all: matches.all)
    }

    /// Counts the keys of an account that have not ended and have exactly this name.
    ///
    /// - Parameters:
    ///   - name: the name.
    ///   - account: the account.
    ///   - caller: on whose behalf the keys are read; needs the permission to read keys.
    /// - Returns: the number of keys.
    /// - Throws: `ServiceError` where the permission is missing or the account is not the caller's; the errors of reading the log, the
    ///   state and the views.
    public func keysNamed(_ name: String, account: AccountID, for caller: Caller) throws -> Int {
        try caller.require(.keysRead)
        guard caller.sees(account) else { throw ServiceError.unknownAccount }
        let contents = try searchIndex.upToDate(ledger.viewsAtHead())
        guard let place = contents.place(of: account) else { return 0 }
        let now = ledger.time.now
        return contents.entries.count { $0.attributes.account == place && !$0.attributes.status(at: now).isEnd && $0.name == name }
    }

    var searchIndex: SearchIndex {
        ledger.attached.value { SearchIndex(ledger.reader, ledger.stateTables, ledger.vault) }
    }

    /// The keys with their usage, read from the tables in the order given.
    private func listed(_ keys: [KeyID], _ views: Views) throws -> [KeyWithUsage] {
        let states = try ledger.environment.read { transaction in
            let store = try StateView(ledger.stateTables, transaction).store
            return try keys.compactMap { try store.key($0, transaction) }
        }
        let usage = try views.usage(of: keys)
        return states.map { KeyWithUsage(key: view($0), usage: usage[$0.id] ?? KeyUsage()) }
    }
}

extension KeyState.Status {
    var isEnd: Bool { self == .revoked || self == .expired }

    /// The rank of a status in an ascending list: usable keys first, revoked keys last.
    var rank: UInt64 {
        switch self {
        case .active: 0
        case .disabled: 1
        case .expired: 2
        case .revoked: 3
        }
    }
}
