internal import Algorithms
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import Projections
internal import Storage
internal import Synchronization

/// All keys in memory with readable names, for sorting and searching: on disk names are sealed, and cannot be searched. The directory
/// is filled by the first query (some seconds per 100,000 keys), and brought up to date by each query with the records since.
///
/// A query that fills it has its lock for a page at a time: queries that wait fill pages too, and a query whose caller no longer waits
/// stops between two pages. The pages that were read are kept for the next query.
final class SearchIndex: Sendable {
    private struct State {
        var contents = SearchIndexContents()
        /// While the contents are filled: what there was when that began.
        var filling: Start?
    }

    private struct Start {
        /// The head of the log.
        let head: UInt64
        let vaultIdentity: FileIdentity?
    }

    private let reader: LogReader
    private let tables: StateTables
    private let vault: Vault
    /// How many keys are read at a time.
    private let page: Int
    private let state = Mutex(State())

    init(_ reader: LogReader, _ tables: StateTables, _ vault: Vault, page: Int = 5_000) {
        self.reader = reader
        self.tables = tables
        self.vault = vault
        self.page = page
    }

    /// What there is now, with nothing in it that the vault no longer opens. `views`: at the head of the log.
    func upToDate(_ views: Views, withUsage: Bool = false) throws -> SearchIndexContents {
        while true {
            try Cancellation.check()
            // Half of a page would be of no use to the next who asks.
            let contents = try Cancellation.shielded { try state.withLock { try step(&$0, views, withUsage: withUsage) } }
            if let contents { return contents }
        }
    }

    /// Fills a page, and returns `nil`; or, where all pages are filled, brings the directory up to date and returns its contents.
    private func step(_ state: inout State, _ views: Views, withUsage: Bool) throws -> SearchIndexContents? {
        // The identity is read before any name is opened, so that a later change is noticed at the next query.
        let vaultIdentity = vault.folderIdentity()
        let head = try reader.environment.read { try reader.next($0) }
        guard let next = state.contents.next, next <= head else {
            try fill(&state, Start(head: head, vaultIdentity: vaultIdentity))
            return nil
        }
        try update(&state.contents, from: next, views)
        if vaultIdentity == nil || vaultIdentity != state.contents.vaultIdentity { try reopenNames(&state.contents) }
        state.contents.vaultIdentity = vaultIdentity
        if withUsage, try state.contents.usagePosition != views.position() { try readUsage(&state.contents, views) }
        return state.contents
    }

    /// One page more. `now`: where filling begins, the first time or after a log was rolled back.
    private func fill(_ state: inout State, _ now: Start) throws {
        let start: Start
        if let filling = state.filling, filling.head <= now.head {
            start = filling
        } else {
            start = now
            state = State(filling: now)
        }
        let last = state.contents.entries.last?.id
        let states = try reader.environment.read { transaction in
            try StateView(tables, transaction).store.keys(of: nil, after: last, limit: page, transaction)
        }
        for key in states { state.contents.set(key, vault) }
        guard states.isEmpty else { return }
        state.filling = nil
        // What was recorded since is read by what follows.
        state.contents.next = start.head
        state.contents.vaultIdentity = start.vaultIdentity
    }

    private func update(_ contents: inout SearchIndexContents, from start: UInt64, _ views: Views) throws {
        var changed: Set<KeyID> = []
        var next = start
        while true {
            let page = try views.changedKeys(from: next, limit: 10_000)
            changed.formUnion(page.keys.map(\.key))
            next = page.next
            if page.keys.isEmpty { break }
        }
        // The records that the views have not read: those appended since, or all new ones where the views cannot be brought forward.
        while true {
            let end = try reader.scan(from: next) { position, record in
                guard let header = EventHeader(record) else {
                    throw LogError.damaged(position: position, what: "the record cannot be decoded")
                }
                if header.isLifecycle { changed.insert(header.keyID) }
                return true
            }
            if end == next { break }
            next = end
        }
        try read(changed.sorted(), into: &contents)
        contents.next = next
    }

    /// Opens names anew where an account's data key was destroyed or replaced, as far as they can be opened.
    private func reopenNames(_ contents: inout SearchIndexContents) throws {
        let dataKeys = contents.accounts.map { (try? vault.dataKeyID(of: $0)) ?? nil }
        let isChanged = zip(dataKeys, contents.dataKeys).map { $0 != $1 }
        guard isChanged.contains(true) else { return }
        try read(contents.entries.filter { isChanged[$0.attributes.account] }.map(\.id), into: &contents)
        // The data keys are set last, so that after an error the names are opened anew at the next query.
        contents.dataKeys = dataKeys
    }

    private func read(_ keys: [KeyID], into contents: inout SearchIndexContents) throws {
        for slice in keys.chunks(ofCount: page) {
            let states = try reader.environment.read { transaction in
                let store = try StateView(tables, transaction).store
                return try slice.compactMap { try store.key($0, transaction) }
            }
            for state in states { contents.set(state, vault) }
        }
    }

    /// Reads the usage of all entries; both the table and the entries are in the order of the ids.
    private func readUsage(_ contents: inout SearchIndexContents, _ views: Views) throws {
        contents.usage = Array(repeating: SearchIndexContents.Usage(), count: contents.entries.count)
        var place = 0
        contents.usagePosition = try views.forEachUsage { key, uses, lastUsedAt in
            while place < contents.entries.count, contents.entries[place].id < key { place += 1 }
            guard place < contents.entries.count, contents.entries[place].id == key else { return }
            contents.usage[place] = SearchIndexContents.Usage(uses: uses, lastUsedAt: lastUsedAt)
        }
    }
}
