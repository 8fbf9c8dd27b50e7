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
        let (views, end) = ledger.viewsWithEnd()
        let matches = try matches(search, for: caller, views)
        return FoundKeys(
            page: try listed(matches.page(), views, end), total: matches.shown.count, counts: matches.counts,
            environments: matches.environments,
            all: matches.all)
    }

    /// Searches the caller's keys, and returns the ids of all that are found, on every page, in the order of the search.
    ///
    /// - Parameters:
    ///   - search: what is searched, and in which order.
    ///   - caller: on whose behalf the keys are read; needs the permission to read keys.
    /// - Returns: the ids.
    /// - Throws: what `findKeys` throws.
    public func findIDs(_ search: KeySearch, for caller: Caller) throws -> [KeyID] {
        try matches(search, for: caller, ledger.viewsAtHead()).ids()
    }

    /// Reads keys with their usage.
    ///
    /// - Parameters:
    ///   - ids: the keys.
    ///   - caller: on whose behalf the keys are read; needs the permission to read keys.
    /// - Returns: the keys in the order given, without those that the caller does not see.
    /// - Throws: `ServiceError` where the permission is missing; the errors of reading the state and the views.
    public func keys(_ ids: [KeyID], for caller: Caller) throws -> [KeyWithUsage] {
        try caller.require(.keysRead)
        let (views, end) = ledger.viewsWithEnd()
        return try listed(ids, views, end).filter { caller.sees($0.key.state.accountID) }
    }

    private func matches(_ search: KeySearch, for caller: Caller, _ views: Views) throws -> KeyMatches {
        try caller.require(.keysRead)
        if let account = search.account, !caller.sees(account) { throw ServiceError.unknownAccount }
        let contents = try searchIndex.upToDate(views, withUsage: search.readsUsage)
        return KeyMatches(search, for: caller, in: contents, now: ledger.time.now)
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

    /// The keys with their usage, read from the tables in the order given. `end` is the position before which the views have read the log,
    /// where that is not its head.
    private func listed(_ keys: [KeyID], _ views: Views, _ end: UInt64?) throws -> [KeyWithUsage] {
        let states = try ledger.environment.read { transaction in
            let store = try StateView(ledger.stateTables, transaction).store
            return try keys.compactMap { try store.key($0, transaction) }
        }
        let usage = try views.usage(of: keys)
        return states.map { KeyWithUsage(key: view($0), usage: usage[$0.id] ?? KeyUsage(), usageEnd: end) }
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
