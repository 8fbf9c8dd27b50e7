internal import Bytes
internal import KeyEvents
internal import Storage
internal import Synchronization

/// The data keys of the accounts, each in a file of its own. A key that another process has made or destroyed is noticed at the next call;
/// the methods whose names begin with `recent` notice it a little later (`RecentKeyCache`).
final class DataKeys: Sendable {
    /// The suffix of the names of all files that hold data keys.
    static let suffix = ".key"

    private let folder: VaultFolder
    private let randomness: Randomness
    private let erasure: KeyFileErasure
    private let cache: RecentKeyCache
    private let onDestroy: @Sendable () -> Void
    /// The accounts whose files could not be read when they were needed last.
    private let unreadable = Mutex<Set<AccountID>>([])

    /// Makes the access to the keys in a folder. `onDestroy` is called when a data key has been destroyed: everything that was derived
    /// from it has to be forgotten.
    init(_ folder: VaultFolder, _ randomness: Randomness, _ clock: LedgerClock, onDestroy: @escaping @Sendable () -> Void) {
        self.folder = folder
        self.randomness = randomness
        self.onDestroy = onDestroy
        erasure = KeyFileErasure(folder, randomness)
        cache = RecentKeyCache(folder, clock)
    }

    func file(_ account: AccountID) -> String { folder.file(name(account)) }

    private func name(_ account: AccountID) -> String { account.description + Self.suffix }

    /// Returns the account's data key; `nil` where it has none. Throws where the file cannot be read, or is damaged.
    func key(of account: AccountID) throws -> DataKey? { try current(account)?.key }

    /// Returns the account's data key, which is durable on return; `nil` where it has none. Personal fields may be sealed only with
    /// such a key.
    func durableKey(of account: AccountID) throws -> DataKey? { try current(account).map { try settled($0, account) } }

    /// Returns what `durableKey` does, but of the file that `recentFile` returns, or of a file that was made since.
    func recentDurableKey(of account: AccountID) throws -> DataKey? {
        let recent = cache.recent(account, file(account))
        return try (recent.known ?? load(account, recent.file)).map { try settled($0, account) }
    }

    /// Returns the identity of the file of the account's data key, as it recently was; `nil` where the account has none.
    func recentFile(of account: AccountID) -> FileIdentity? { cache.recent(account, file(account)).file }

    /// Returns whether the account has a data key that is durable. The method makes nothing, and does not wait for the disk.
    func isDurable(_ account: AccountID) throws -> Bool { try current(account)?.isDurable ?? false }

    /// Makes a data key for the account unless it has one. The key is durable on return.
    func ensureKey(of account: AccountID) throws {
        if try current(account) == nil { try folder.make(name(account), lines: DataKey.newFile(randomness)) }
        _ = try durableKey(of: account)
    }

    /// Returns the content of the account's file; `nil` where it has none. Throws where the content cannot be determined.
    func content(of account: AccountID) throws -> DataKeyFile? {
        guard let bytes = try folder.bytes(of: file(account)) else { return nil }
        return DataKey(VaultFolder.lines(bytes)).map { .dataKey($0.id) } ?? .unreadable
    }

    /// Destroys the account's data key (`KeyFileErasure`). Returns whether it had one.
    func destroy(_ account: AccountID) throws -> Bool {
        try erasure.erase(file(account)) {
            cache.forget(account)
            onDestroy()
        }
    }

    /// Destroys the data keys whose erasure was interrupted. Throws where one of them is still on the disk.
    func finishErasures() throws { try erasure.finish() }

    /// The files of data keys whose erasure was begun and not finished.
    func unfinishedErasures() throws -> [String] { try erasure.unfinished() }

    /// Destroys what a kill has left of the making of data keys that were destroyed since.
    func destroyIncomplete(_ isDestroyed: (Bytes16) -> Bool) throws { try erasure.eraseIncomplete(isDestroyed) }

    private func current(_ account: AccountID) throws -> RecentKeyCache.KnownKey? {
        let identity = FileIdentity(of: file(account))
        return try cache.key(of: account, file: identity) ?? load(account, identity)
    }

    /// Reads the account's file, and caches the result as the content of the file `identity`.
    private func load(_ account: AccountID, _ identity: FileIdentity?) throws -> RecentKeyCache.KnownKey? {
        let key = try read(account)
        cache.store(key, of: account, file: identity)
        return key.map { RecentKeyCache.KnownKey(file: identity, key: $0, isDurable: false) }
    }

    /// Makes the file's name durable before the key is used: fields that are sealed with a key that another process has just made would
    /// be unreadable after a power cut that the file's name does not survive.
    private func settled(_ known: RecentKeyCache.KnownKey, _ account: AccountID) throws -> DataKey {
        if !known.isDurable {
            try folder.settle()
            cache.markDurable(account, file: known.file)
        }
        return known.key
    }

    /// Why a file cannot be read that could not be when it was needed last; `nil` where each can be. The method reads one of these files
    /// anew, so it is cheap, and notices when it was restored.
    func problem() -> LedgerError? {
        while let account = unreadable.withLock({ $0.first }) {
            do { _ = try read(account) } catch { return error as? LedgerError }
        }
        return nil
    }

    /// Reads the account's file, and notes whether it can be read.
    private func read(_ account: AccountID) throws -> DataKey? {
        do {
            let key = try readFile(account)
            unreadable.withLock { _ = $0.remove(account) }
            return key
        } catch {
            unreadable.withLock { _ = $0.insert(account) }
            throw error
        }
    }

    private func readFile(_ account: AccountID) throws -> DataKey? {
        let file = file(account)
        guard let bytes = try folder.bytes(of: file) else {
            // Where the folder is missing, no erasure can be the reason.
            if let problem = folder.problem { throw problem }
            return nil
        }
        if DataKey.isOverwritten(bytes) {
            _ = try destroy(account)
            return nil
        }
        guard let key = DataKey(VaultFolder.lines(bytes)) else {
            throw LedgerError.vault(
                path: file,
                problem:
                    "the file is not a data key; restore it from a backup, or, if the account was to be erased, say so again: keyledger accounts"
                    + " erase")
        }
        return key
    }
}
