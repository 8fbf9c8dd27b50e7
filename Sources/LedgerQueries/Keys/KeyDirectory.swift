internal import Algorithms
internal import EventLog
internal import KeyEvents
internal import Ledger
internal import Projections
internal import Storage
internal import Synchronization

/// All keys in memory with readable names, for sorting and searching: on disk names are sealed, and nothing can be found by them.
/// Filled at the first question (some seconds per 100,000 keys), then brought up to date at each by what the log has added.
final class KeyDirectory: Sendable {
    private let reader: LogReader
    private let tables: StateTables
    private let vault: Vault
    private let contents = Mutex(DirectoryContents())

    init(_ reader: LogReader, _ tables: StateTables, _ vault: Vault) {
        self.reader = reader
        self.tables = tables
        self.vault = vault
    }

    /// What there is now, with nothing in it that the vault no longer opens. `views`: at the head of the log.
    func upToDate(_ views: Views, withUsage: Bool = false) throws -> DirectoryContents {
        // Half of it would be of no use to the next who asks.
        try Cancellation.shielded { try locked(views, withUsage: withUsage) }
    }

    private func locked(_ views: Views, withUsage: Bool) throws -> DirectoryContents {
        try contents.withLock { contents in
            // Before any name is opened: what changes meanwhile is noticed next time.
            let vaultIdentity = vault.folderIdentity()
            let head = try reader.environment.read { try reader.next($0) }
            if let next = contents.next, next <= head {
                try update(&contents, from: next, views)
                if vaultIdentity == nil || vaultIdentity != contents.vaultIdentity { try reopenNames(&contents) }
            } else {
                // The first time, or a log that was rolled back.
                contents = DirectoryContents()
                try fill(&contents)
                contents.next = head
            }
            contents.vaultIdentity = vaultIdentity
            if withUsage, try contents.usagePosition != views.position() { try readUsage(&contents, views) }
            return contents
        }
    }

    private func fill(_ contents: inout DirectoryContents) throws {
        while true {
            let last = contents.entries.last?.id
            let states = try reader.environment.read { transaction in
                try StateView(tables, transaction).store.keys(of: nil, after: last, limit: 5_000, transaction)
            }
            if states.isEmpty { return }
            for state in states { contents.set(state, vault) }
        }
    }

    private func update(_ contents: inout DirectoryContents, from start: UInt64, _ views: Views) throws {
        var changed: Set<KeyID> = []
        var next = start
        while true {
            let page = try views.changedKeys(from: next, limit: 10_000)
            changed.formUnion(page.keys.map(\.key))
            next = page.next
            if page.keys.isEmpty { break }
        }
        // What the views have not read: what was appended since, or all that is new where they cannot be brought forward.
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

    /// An account's data key was destroyed or replaced: its names are opened anew, as far as they can be.
    private func reopenNames(_ contents: inout DirectoryContents) throws {
        let dataKeys = contents.accounts.map { (try? vault.dataKeyID(of: $0)) ?? nil }
        let isChanged = zip(dataKeys, contents.dataKeys).map { $0 != $1 }
        guard isChanged.contains(true) else { return }
        try read(contents.entries.filter { isChanged[$0.facts.account] }.map(\.id), into: &contents)
        // Last: whatever was thrown before, they are opened anew next time.
        contents.dataKeys = dataKeys
    }

    private func read(_ keys: [KeyID], into contents: inout DirectoryContents) throws {
        for slice in keys.chunks(ofCount: 5_000) {
            let states = try reader.environment.read { transaction in
                let store = try StateView(tables, transaction).store
                return try slice.compactMap { try store.key($0, transaction) }
            }
            for state in states { contents.set(state, vault) }
        }
    }

    /// Both the table and the entries are in the order of the ids.
    private func readUsage(_ contents: inout DirectoryContents, _ views: Views) throws {
        contents.usage = Array(repeating: DirectoryContents.Usage(), count: contents.entries.count)
        var place = 0
        contents.usagePosition = try views.forEachUsage { key, uses, lastUsedAt in
            while place < contents.entries.count, contents.entries[place].id < key { place += 1 }
            guard place < contents.entries.count, contents.entries[place].id == key else { return }
            contents.usage[place] = DirectoryContents.Usage(uses: uses, lastUsedAt: lastUsedAt)
        }
    }
}
