package import Bytes
internal import Crypto
internal import EventLog
internal import Glibc
package import KeyEvents
internal import Projections
package import Storage
internal import Synchronization

/// The data keys under which personal fields are sealed, one an account, each in a file of its own below `vault/`:
///
///     keyledger data key 1
///     <32 hexadecimal digits: id>
///     <64 hexadecimal digits: AES-256 key>
///
/// Deleting the file makes every personal field sealed with it unreadable: in the log, in state, in every copy of either. It is erased
/// (`destroy`) by a name that no account can have, `.erased~…`: from then on the account has no data key, and whoever opens the vault next
/// finishes what was interrupted.
///
/// A process notices at the next use of the vault; what is told with verdicts, and where uses came from, a tenth of a second later
/// (a second later where somebody wrote into the file instead).
///
/// Beside them, in `log-signing-key`, the key that signs checkpoints of the log; one that took its place in
/// `log-signing-key-<16 hexadecimal digits>`, as in its origin (`LogOrigin`):
///
///     keyledger log signing key 1
///     <64 hexadecimal digits: Ed25519 seed>
package final class Vault: PersonalFieldsOpener {
    private struct DataKey {
        let id: Bytes16
        let key: SymmetricKey
    }

    private static let title = "keyledger data key 1"

    private let path: String
    private let folder: SharedFolder
    private let randomness: Randomness
    private let report: @Sendable (String) -> Void
    private let cache = Mutex<[AccountID: Cached]>([:])

    private struct Cached {
        let file: FileIdentity
        let key: DataKey
        /// Whether the file's name is known to be on the disk: before, nothing is sealed with the key.
        var isDurable: Bool
    }

    /// What was found lately: beside a validation, a look at a file takes long.
    private let lately = Mutex(Lately())

    private struct Lately {
        /// An account's file, and what was read from it, if anything was.
        struct Found {
            let file: FileIdentity?
            var key: DataKey?
        }

        var found: [AccountID: Found] = [:]
        /// The folder in which the files were found.
        var folder: FileIdentity?
        /// Until when they are good enough, and until when they are if the folder stays as it is. In milliseconds.
        var until: Int64 = 0
        var atMostUntil: Int64 = 0

        static let recent: Int64 = 100
        /// A file can be written to in its place, which the folder does not show: nobody should, and somebody may.
        static let longest: Int64 = 1000
    }

    /// What is to be sealed with next.
    private struct Sealing {
        var nonces = Nonces()
        /// Of the keys derived below, all with the same salt; anew after `MessageKey.mostMessages`.
        var salt = Bytes16(high: 0, low: 0)
        var messagesLeft = 0
        /// By the id of the data key.
        var keys: [Bytes16: MessageKey] = [:]
    }

    /// Drawn and not used yet, one behind the other. Nonces are no secrets; to draw each alone takes as long as half of sealing. Those
    /// of a while ago are thrown away: a machine that is copied while it runs would use them twice.
    private struct Nonces {
        var bytes: [UInt8] = []
        /// In milliseconds.
        var until: Int64 = 0

        static let atOnce = 20
        static let longest: Int64 = 100
    }

    private let sealing = Mutex(Sealing())

    /// The files that were reported as unreadable: once each, not at every use.
    private let reported = Mutex<[AccountID: FileIdentity?]>([:])

    init(path: String, randomness: Randomness, report: @escaping @Sendable (String) -> Void = { _ in }) {
        self.path = path
        folder = SharedFolder(path)
        self.randomness = randomness
        self.report = report
    }

    /// Finishes what a process that was killed has left: keys that were being erased, and files that were being made. Throws where a key
    /// that was erased is still on the disk.
    func tidyUp() throws {
        guard unsafe access(path, R_OK | W_OK | X_OK) == 0 else { return }
        Folder.removeLeftovers(in: path)
        try finishErasures()
    }

    /// Makes a data key for the account unless it has one; durable on return. To be called before anything is sealed for it.
    func prepare(_ account: AccountID) throws {
        if try dataKey(account) == nil {
            let id = Bytes16(high: randomness.word(), low: randomness.word())
            try make(name(account), [Self.title, id.hex, Digest32(randomness.bytes(32))?.hex ?? ""].joined(separator: "\n") + "\n")
            _ = try dataKey(account)
        }
        try settle(account)
    }

    /// Whether the account has a data key that may be sealed with at once. Looks, and neither makes anything nor waits for the disk.
    func isPrepared(_ account: AccountID) throws -> Bool {
        try dataKey(account) != nil && cache.withLock { $0[account]?.isDurable ?? false }
    }

    /// Whoever comes first wins; the other takes what stands there.
    private func make(_ name: String, _ text: String) throws {
        _ = try onDisk(path + "/" + name, try Folder.create(name, Array(text.utf8), in: path))
    }

    /// What `event` holds sealed; it is as it will be recorded but for that.
    func seal(_ fields: PersonalFields, for event: Event) throws -> SealedFields? {
        guard !fields.isEmpty else { return nil }
        guard let key = try dataKey(event.accountID) else {
            throw LedgerError.vault(path: file(event.accountID), problem: "the account has no data key")
        }
        try settle(event.accountID)
        return try seal(fields, key, event)
    }

    /// As `seal`, but without the fields where the account has no data key that can be read: a use counts even when where it came
    /// from can no longer be kept.
    func sealIfPossible(_ fields: PersonalFields, for event: Event) throws -> SealedFields? {
        guard !fields.isEmpty else { return nil }
        do {
            // What is sealed with one that has just been destroyed is as unreadable as it should be.
            guard let key = try recentKey(event.accountID) else { return nil }
            try settle(event.accountID)
            return try seal(fields, key, event)
        } catch let error as LedgerError {
            reportOnce(error, event.accountID)
            return nil
        }
    }

    private func seal(_ fields: PersonalFields, _ key: DataKey, _ event: Event) throws -> SealedFields {
        let now = Self.milliseconds()
        let (message, nonce): (MessageKey, [UInt8]) = sealing.withLock { sealing in
            let message = messageKey(of: key, &sealing)
            let nonce = drawnNonce(at: now, &sealing.nonces)
            return (message, nonce)
        }
        return try SealedFields.seal(fields, dataKeyID: key.id, key: message, nonce: nonce, for: event)
    }

    /// What is sealed with a key that another process has just made would be unreadable after a power cut that the file's name does not outlive.
    private func settle(_ account: AccountID) throws {
        guard let known = cache.withLock({ $0[account] }), !known.isDurable else { return }
        try onDisk(path, try folder.settle())
        cache.withLock { if $0[account]?.file == known.file { $0[account]?.isDurable = true } }
    }

    private func messageKey(of key: DataKey, _ sealing: inout Sealing) -> MessageKey {
        if sealing.messagesLeft == 0 {
            sealing.salt = Bytes16(high: randomness.word(), low: randomness.word())
            sealing.messagesLeft = MessageKey.mostMessages
            sealing.keys = [:]
        }
        sealing.messagesLeft -= 1
        if let known = sealing.keys[key.id] { return known }
        let derived = MessageKey(of: key.key, salt: sealing.salt)
        sealing.keys[key.id] = derived
        return derived
    }

    private func drawnNonce(at now: Int64, _ nonces: inout Nonces) -> [UInt8] {
        if nonces.bytes.isEmpty || nonces.until <= now {
            nonces.bytes = randomness.bytes(Nonces.atOnce * SealedFields.nonceBytes)
            nonces.until = now + Nonces.longest
        }
        defer { nonces.bytes.removeLast(SealedFields.nonceBytes) }
        return Array(nonces.bytes.suffix(SealedFields.nonceBytes))
    }

    private func reportOnce(_ error: LedgerError, _ account: AccountID) {
        let identity = FileIdentity(of: file(account))
        let isNew = reported.withLock { reported in
            defer { reported[account] = .some(identity) }
            return reported[account] != .some(identity)
        }
        if isNew { report("\(error) Uses of the account \(account) are recorded without where they came from.") }
    }

    /// A digest of texts that nobody can make who does not hold the account's data key, and that says nothing any more once it is destroyed.
    /// Each text counts with its length. `nil` where the account has no data key.
    func keyedDigest(of parts: [String], account: AccountID) throws -> Digest32? {
        guard let key = try dataKey(account) else { return nil }
        var code = HMAC<SHA256>(key: key.key)
        for part in parts {
            let bytes = Array(part.utf8)
            code.update(data: UInt64(bytes.count).bigEndianBytes)
            code.update(data: bytes)
        }
        return Digest32(Array(code.finalize()))
    }

    package func open(_ sealed: SealedFields, keyID: KeyID, accountID: AccountID) throws -> PersonalFields? {
        guard let key = try dataKey(accountID), key.id == sealed.dataKeyID else { return nil }
        return sealed.open(key: key.key, keyID: keyID, accountID: accountID)
    }

    /// Sealed anew for `event`, with nothing but the IP allowlist: that is all that a fork carries over. What cannot be opened stays as it is,
    /// and opens nowhere.
    func moved(_ sealed: SealedFields, to event: Event) throws -> SealedFields {
        let fields = try open(sealed, keyID: event.keyID, accountID: event.accountID).map { PersonalFields(ipAllowlist: $0.ipAllowlist) }
        return try fields.flatMap { try seal($0, for: event) } ?? sealed.moved(to: event)
    }

    /// Destroys the account's data key: whether it had one. On return nothing is left of it in the folder, durably; on file systems that
    /// overwrite files in their place, nothing on the disk either. Interrupted, it is finished when the vault is opened next.
    func destroy(_ account: AccountID) throws -> Bool {
        let file = file(account)
        // By a name of its own, so that a key that is made for the account meanwhile is another.
        let erased = path + "/" + Self.erased + Bytes16(high: randomness.word(), low: randomness.word()).hex
        let isThere = unsafe rename(file, erased) == 0
        guard isThere || errno == ENOENT else { throw failure(file) }
        lately.withLock { $0 = Lately() }
        cache.withLock { $0[account] = nil }
        sealing.withLock { $0.keys = [:] }
        if isThere { try onDisk(path, try Folder.sync(path)) }
        // Also what another attempt has left.
        try finishErasures()
        return isThere
    }

    /// A tilde stands in no account's id (`AccountID`).
    private static let erased = ".erased~"

    private func finishErasures() throws {
        let names = try onDisk(path, try Folder.names(path)).filter { $0.hasPrefix(Self.erased) }
        guard !names.isEmpty else { return }
        // Before it is overwritten: under the account's name its bytes would be a damaged key.
        try onDisk(path, try Folder.sync(path))
        var problem: LedgerError?
        for name in names {
            let file = path + "/" + name
            do {
                try overwrite(file)
                try Folder.remove(file: file)
            } catch {
                problem = LedgerError.vault(
                    path: file,
                    problem:
                        "an account's data key was erased, and its bytes could not be overwritten (\(error)). It is tried again whenever the"
                        + " ledger is opened")
            }
        }
        try onDisk(path, try Folder.sync(path))
        if let problem { throw problem }
    }

    /// Unlinking alone leaves the bytes on the disk.
    private func overwrite(_ file: String) throws(StorageError) {
        let descriptor = unsafe Glibc.open(file, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            // Another process has finished it.
            if errno == ENOENT { return }
            throw StorageError(systemError: errno, path: file)
        }
        defer { Glibc.close(descriptor) }
        let noise = randomness.bytes(Self.mostBytes)
        let count = unsafe pwrite(descriptor, noise, noise.count, 0)
        guard count == noise.count else { throw StorageError(systemError: count < 0 ? errno : ENOSPC, path: file) }
        guard fsync(descriptor) == 0 else { throw StorageError(systemError: errno, path: file) }
    }

    /// Of a file in the vault.
    private static let mostBytes = 256

    /// The key under which what is remembered of commands is hidden; `nil` when the account has no data key. Another after each
    /// erasure. Throws where the data key cannot be read now: then it is not known whether a command came before.
    func fingerprintKey(of account: AccountID) throws -> SymmetricKey? {
        guard let key = try dataKey(account) else { return nil }
        return HKDF<SHA256>.deriveKey(inputKeyMaterial: key.key, info: Array("keyledger command fingerprint 1".utf8), outputByteCount: 32)
    }

    /// What stands in an account's file.
    enum Found: Equatable {
        case dataKey(Bytes16)
        /// It is no data key.
        case unreadable

        var id: Bytes16? { if case .dataKey(let id) = self { id } else { nil } }
    }

    /// `nil`: the account has no file. Throws where that cannot be known.
    func found(_ account: AccountID) throws -> Found? {
        let file = file(account)
        guard let bytes = try onDisk(file, try Folder.read(file, most: Self.mostBytes)) else { return nil }
        return Self.dataKey(Self.lines(bytes)).map { .dataKey($0.id) } ?? .unreadable
    }

    /// Destroys what stands in the account's file, unless that is something else by now.
    func destroy(_ account: AccountID, ifItIs expected: Found) throws {
        if try found(account) == expected { _ = try destroy(account) }
    }

    /// How long at most a process goes on believing that a data key is there which another has destroyed, and some more.
    static let noticedWithin = Duration.milliseconds(Lately.recent + 50)

    /// `nil` when the account has no data key.
    package func dataKeyID(of account: AccountID) throws -> Bytes16? { try dataKey(account)?.id }

    /// Tells the account's data key from the others that it has had; `nil` while it has none. As it was at most a tenth of a second ago; where
    /// its file was written to in its place, a second.
    package func recentIdentity(_ account: AccountID) -> FileIdentity? { recently(account).file }

    /// The data key of `recentIdentity`, or one that was made since: as old as that at most.
    private func recentKey(_ account: AccountID) throws -> DataKey? {
        let found = recently(account)
        if let key = found.key { return key }
        guard let key = try dataKey(account, found.file) else { return nil }
        lately.withLock { if $0.found[account]?.file == found.file { $0.found[account]?.key = key } }
        return key
    }

    private func recently(_ account: AccountID) -> Lately.Found {
        let now = Self.milliseconds()
        return lately.withLock { lately in
            if lately.until <= now {
                let folder = folderIdentity()
                if folder == nil || folder != lately.folder || lately.atMostUntil <= now {
                    lately = Lately(folder: folder, atMostUntil: now + Lately.longest)
                }
                lately.until = now + Lately.recent
            }
            if let known = lately.found[account] { return known }
            let found = Lately.Found(file: FileIdentity(of: file(account)), key: nil)
            lately.found[account] = found
            return found
        }
    }

    /// Of a clock that only goes forward.
    private static func milliseconds() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Another after each data key that is made or destroyed, by whichever process; `nil` too soon after one.
    package func folderIdentity() -> FileIdentity? { folder.identity }

    // MARK: The log's signing key

    /// Account ids may not hold what would make another's file of it: theirs end in `.key`.
    func signingKeyFile(_ origin: LogOrigin) -> String { path + "/" + Self.signingKeyName(origin) }

    private static func signingKeyName(_ origin: LogOrigin) -> String { signingKeyName + (origin.key.map { "-\($0.hex)" } ?? "") }

    private static let signingKeyName = "log-signing-key"

    /// Whether there is a key of any kind.
    func holdsKeys() throws -> Bool {
        try onDisk(path, try Folder.names(path)).contains { $0.hasPrefix(Self.signingKeyName) || $0.hasSuffix(Self.suffix) }
    }

    private static let signingTitle = "keyledger log signing key 1"

    /// `nil` where there is no such file; one that cannot be read, or is damaged, is not lost. Durable, whichever process has just made it:
    /// what it signs must not outlive it. `file`: of `signingKeyFile`.
    func signingSeed(_ file: String) throws -> [UInt8]? {
        guard let lines = try onDisk(file, try Folder.read(file, most: Self.mostBytes)).map(Self.lines) else { return nil }
        guard lines.count == 2, lines[0] == Self.signingTitle, let seed = Self.bytes32(hex: lines[1]) else {
            throw LedgerError.vault(
                path: file,
                problem:
                    "the file is not a signing key; restore it from a backup. If there is none, move it away and run: keyledger log key --new"
            )
        }
        try onDisk(path, try folder.settle())
        return seed
    }

    /// The key that the log begins with. Durable on return. Of several processes the first one's holds.
    func makeSigningSeed(of origin: LogOrigin) throws -> [UInt8] {
        try makeSigningKey(origin, randomness.bytes(32))
        let file = signingKeyFile(origin)
        guard let seed = try signingSeed(file) else { throw failure(file) }
        return seed
    }

    private static let suffix = ".key"

    /// A key that is to take the place of another, in its file, which is durable on return.
    func makeSigningSeed(next logID: Bytes16) throws -> (origin: LogOrigin, seed: [UInt8]) {
        let seed = randomness.bytes(32)
        guard let key = NoteSigner(name: "key", seed: seed) else { throw failure(path) }
        let origin = LogOrigin(logID, publicKey: key.verifier.publicKey)
        try makeSigningKey(origin, seed)
        return (origin, seed)
    }

    private func makeSigningKey(_ origin: LogOrigin, _ seed: [UInt8]) throws {
        try make(Self.signingKeyName(origin), [Self.signingTitle, Digest32(seed)?.hex ?? ""].joined(separator: "\n") + "\n")
    }

    private func name(_ account: AccountID) -> String { account.description + Self.suffix }

    private func file(_ account: AccountID) -> String { path + "/" + name(account) }

    private func dataKey(_ account: AccountID) throws -> DataKey? { try dataKey(account, FileIdentity(of: file(account))) }

    /// `identity`: of the file that is asked for.
    private func dataKey(_ account: AccountID, _ identity: FileIdentity?) throws -> DataKey? {
        if let known = cache.withLock({ $0[account] }), known.file == identity { return known.key }
        let key = try read(account)
        cache.withLock { cache in
            cache[account] = identity.flatMap { identity in key.map { Cached(file: identity, key: $0, isDurable: false) } }
        }
        return key
    }

    private func read(_ account: AccountID) throws -> DataKey? {
        let file = file(account)
        guard let bytes = try onDisk(file, try Folder.read(file, most: Self.mostBytes)) else {
            // Where the folder is gone nobody has erased anything.
            guard Folder.isFolder(path) else {
                throw LedgerError.vault(path: path, problem: "the folder is missing; restore it from a backup")
            }
            return nil
        }
        // Versions before this one overwrote a key under its own name: what an interrupted erasure of theirs has left.
        if bytes.count == Self.mostBytes, !bytes.starts(with: Self.title.utf8) {
            _ = try destroy(account)
            return nil
        }
        let lines = Self.lines(bytes)
        guard let key = Self.dataKey(lines) else {
            throw LedgerError.vault(
                path: file,
                problem:
                    "the file is not a data key; restore it from a backup, or, if the account was to be erased, say so again: keyledger accounts"
                    + " erase")
        }
        return key
    }

    private static func dataKey(_ lines: [Substring]) -> DataKey? {
        guard lines.count == 3, lines[0] == title, let id = Bytes16(hex: lines[1]), let key = bytes32(hex: lines[2]) else { return nil }
        return DataKey(id: id, key: SymmetricKey(data: key))
    }

    private static func lines(_ bytes: [UInt8]) -> [Substring] { String(decoding: bytes, as: UTF8.self).split(separator: "\n") }

    private static func bytes32(hex: Substring) -> [UInt8]? {
        guard hex.utf8.count == 64, let left = Bytes16(hex: hex.prefix(32)), let right = Bytes16(hex: hex.suffix(32)) else { return nil }
        return left.bytes + right.bytes
    }

    private func onDisk<Result>(_ path: String, _ body: @autoclosure () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw LedgerError.vault(path: path, problem: "\(error)")
        }
    }

    private func failure(_ path: String) -> LedgerError {
        .vault(path: path, problem: unsafe String(cString: strerror(errno)))
    }
}
