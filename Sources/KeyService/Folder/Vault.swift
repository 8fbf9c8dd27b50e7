internal import Crypto
internal import Glibc
internal import KeyEvents
internal import LMDB
internal import Projections
internal import Synchronization

/// The data keys under which personal fields are sealed, one an account, each in a file of its own below `vault/`:
///
///     keyledger data key 1
///     <32 hexadecimal digits: id>
///     <64 hexadecimal digits: AES-256 key>
///
/// Deleting the file makes every personal field sealed with it unreadable: in the log, in state, in every copy of either.
/// A process notices at the next use of the vault; what is told with verdicts, and where uses came from, a tenth of a second later
/// (a second later where somebody wrote into the file instead).
///
/// Beside them, in `log-signing-key`, the key that signs checkpoints of the log:
///
///     keyledger log signing key 1
///     <64 hexadecimal digits: Ed25519 seed>
final class Vault: PersonalFieldsOpener {
    private struct DataKey {
        let id: Bytes16
        let key: SymmetricKey
    }

    /// Tells a file from every other that stood, or will stand, in its place.
    struct FileIdentity: Equatable {
        let inode: ino_t
        let seconds: Int
        let nanoseconds: Int
    }

    private static let title = "keyledger data key 1"

    private let path: String
    private let randomness: Randomness
    private let report: @Sendable (String) -> Void
    private let cache = Mutex<[AccountID: (file: FileIdentity, key: DataKey)]>([:])
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
        self.randomness = randomness
        self.report = report
    }

    /// Makes the account's data key durable unless it has one. To be called before anything is sealed for it.
    func prepare(_ account: AccountID) throws {
        guard try dataKey(account) == nil else { return }
        let id = Bytes16(high: randomness.word(), low: randomness.word())
        try make(file(account), [Self.title, id.hex, Digest32(randomness.bytes(32))?.hex ?? ""].joined(separator: "\n") + "\n")
    }

    /// Whether the account has a data key. Looks, and makes nothing.
    func isPrepared(_ account: AccountID) throws -> Bool { try dataKey(account) != nil }

    /// A file that is there whole or not at all. Whoever links first wins; the other takes what stands there.
    private func make(_ file: String, _ text: String) throws {
        let scratch = path + "/." + Bytes16(high: randomness.word(), low: randomness.word()).hex
        try onDisk(file, try Folder.write(Array(text.utf8), to: scratch))
        defer { unsafe unlink(scratch) }
        guard unsafe link(scratch, file) == 0 || errno == EEXIST else { throw failure(file) }
        try onDisk(path, try Folder.sync(path))
    }

    /// What `event` holds sealed; it is as it will be recorded but for that.
    func seal(_ fields: PersonalFields, for event: Event) throws -> SealedFields? {
        guard !fields.isEmpty else { return nil }
        guard let key = try dataKey(event.accountID) else {
            throw LedgerError.vault(path: file(event.accountID), problem: "the account has no data key")
        }
        return try seal(fields, key, event)
    }

    /// As `seal`, but without the fields where the account has no data key that can be read: a use counts even when where it came
    /// from can no longer be kept.
    func sealIfPossible(_ fields: PersonalFields, for event: Event) throws -> SealedFields? {
        guard !fields.isEmpty else { return nil }
        do {
            // What is sealed with one that has just been destroyed is as unreadable as it should be.
            return try recentKey(event.accountID).map { try seal(fields, $0, event) }
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
        let identity = identity(of: file(account))
        let isNew = reported.withLock { reported in
            defer { reported[account] = .some(identity) }
            return reported[account] != .some(identity)
        }
        if isNew { report("\(error) Uses of the account \(account) are recorded without where they came from.") }
    }

    func open(_ sealed: SealedFields, keyID: KeyID, accountID: AccountID) -> PersonalFields? {
        guard let key = try? dataKey(accountID), key.id == sealed.dataKeyID else { return nil }
        return sealed.open(key: key.key, keyID: keyID, accountID: accountID)
    }

    /// Sealed anew for `event`, with nothing but the IP allowlist: that is all that a fork carries over. What cannot be opened stays as it is,
    /// and opens nowhere.
    func moved(_ sealed: SealedFields, to event: Event) -> SealedFields {
        let fields = open(sealed, keyID: event.keyID, accountID: event.accountID).map { PersonalFields(ipAllowlist: $0.ipAllowlist) }
        return fields.flatMap { try? seal($0, for: event) } ?? sealed.moved(to: event)
    }

    /// Destroys the account's data key: whether it had one.
    func destroy(_ account: AccountID) throws -> Bool {
        let file = file(account)
        let descriptor = unsafe Glibc.open(file, O_WRONLY | O_CLOEXEC)
        if descriptor < 0 {
            guard errno == ENOENT else { throw failure(file) }
            return false
        }
        // Overwritten first: unlinking alone leaves the bytes on the disk.
        let noise = randomness.bytes(256)
        _ = unsafe pwrite(descriptor, noise, noise.count, 0)
        fsync(descriptor)
        close(descriptor)
        guard unsafe unlink(file) == 0 else { throw failure(file) }
        lately.withLock { $0 = Lately() }
        sealing.withLock { $0.keys = [:] }
        try onDisk(path, try Folder.sync(path))
        return true
    }

    /// The key under which what is remembered of commands is hidden; `nil` when the account has no data key that can be read. Another after
    /// each erasure.
    func fingerprintKey(of account: AccountID) -> SymmetricKey? {
        guard let key = try? dataKey(account) else { return nil }
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
        guard let lines = try lines(of: file(account)) else { return nil }
        return Self.dataKey(lines).map { .dataKey($0.id) } ?? .unreadable
    }

    /// Destroys what stands in the account's file, unless that is something else by now.
    func destroy(_ account: AccountID, ifItIs expected: Found) throws {
        if try found(account) == expected { _ = try destroy(account) }
    }

    /// How long at most a process goes on believing that a data key is there which another has destroyed, and some more.
    static let noticedWithin = Duration.milliseconds(Lately.recent + 50)

    /// `nil` when the account has no data key that can be read.
    func dataKeyID(of account: AccountID) -> Bytes16? { try? dataKey(account)?.id }

    /// Tells the account's data key from the others that it has had; `nil` while it has none. As it was at most a tenth of a second ago; where
    /// its file was written to in its place, a second.
    func recentIdentity(_ account: AccountID) -> FileIdentity? { recently(account).file }

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
            let found = Lately.Found(file: identity(of: file(account)), key: nil)
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

    /// Another after each data key that is made or destroyed, by whichever process. `nil` so soon after one that the next could
    /// leave the same time behind: file systems keep time by the tick of a clock.
    func folderIdentity() -> FileIdentity? {
        var status = stat()
        var now = timespec()
        guard unsafe stat(path, &status) == 0, unsafe clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
        // Not the time of modification: whoever restores a folder can set that back.
        guard now.tv_sec - status.st_ctim.tv_sec > 1 else { return nil }
        return FileIdentity(inode: status.st_ino, seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec)
    }

    // MARK: The log's signing key

    /// Account ids may not hold what would make another's file of it: theirs end in `.key`.
    var signingKeyFile: String { path + "/log-signing-key" }

    private static let signingTitle = "keyledger log signing key 1"

    /// `nil` when there is none.
    func signingSeed() throws -> [UInt8]? {
        guard let lines = try lines(of: signingKeyFile) else { return nil }
        guard lines.count == 2, lines[0] == Self.signingTitle, let seed = Self.bytes32(hex: lines[1]) else {
            throw LedgerError.vault(path: signingKeyFile, problem: "the file is not a signing key; restore it from a backup")
        }
        return seed
    }

    /// Durable on return. Of several processes the first one's holds.
    func makeSigningSeed() throws -> [UInt8] {
        let seed = Digest32(randomness.bytes(32))
        try make(signingKeyFile, [Self.signingTitle, seed?.hex ?? ""].joined(separator: "\n") + "\n")
        guard let seed = try signingSeed() else { throw failure(signingKeyFile) }
        return seed
    }

    private func file(_ account: AccountID) -> String { path + "/" + account.description + ".key" }

    private func dataKey(_ account: AccountID) throws -> DataKey? { try dataKey(account, identity(of: file(account))) }

    /// `identity`: of the file that is asked for.
    private func dataKey(_ account: AccountID, _ identity: FileIdentity?) throws -> DataKey? {
        if let known = cache.withLock({ $0[account] }), known.file == identity { return known.key }
        let key = try read(file(account))
        cache.withLock { cache in
            if let identity, let key { cache[account] = (identity, key) } else { cache[account] = nil }
        }
        return key
    }

    private func identity(of file: String) -> FileIdentity? {
        var status = stat()
        guard unsafe stat(file, &status) == 0 else { return nil }
        return FileIdentity(inode: status.st_ino, seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
    }

    private func read(_ file: String) throws -> DataKey? {
        guard let lines = try lines(of: file) else { return nil }
        guard let key = Self.dataKey(lines) else {
            throw LedgerError.vault(path: file, problem: "the file is not a data key; restore it from a backup")
        }
        return key
    }

    private static func dataKey(_ lines: [Substring]) -> DataKey? {
        guard lines.count == 3, lines[0] == title, let id = Bytes16(hex: lines[1]), let key = bytes32(hex: lines[2]) else { return nil }
        return DataKey(id: id, key: SymmetricKey(data: key))
    }

    /// `nil` where there is no such file.
    private func lines(of file: String) throws -> [Substring]? {
        let bytes = try onDisk(file, try Folder.read(file, most: 256))
        return bytes.map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
    }

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
