package import Bytes
internal import Crypto
package import KeyEvents
internal import Projections
package import Storage
internal import Synchronization

/// Seals and opens personal fields with the data keys of their accounts, one for each account, each in a file of its own below
/// `vault/`:
///
///     keyledger data key 1
///     <32 hexadecimal digits: id>
///     <64 hexadecimal digits: AES-256 key>
///
/// Destroying the file makes every personal field unreadable that was sealed with the key: in the log, in state, in every copy of
/// either. From then on the account has no data key.
///
/// A process notices a key that another process has made or destroyed at the next use of the vault; for the fields that are recorded
/// with verdicts, and the sources of uses, it notices a tenth of a second later (a second later where the file was overwritten in
/// place).
///
/// The keys that sign checkpoints of the log are in the same folder (`SigningKeys`).
package final class Vault: PersonalFieldsDecryptor {
    /// The maximum time for which a process takes a data key to exist that another process has destroyed, with a margin.
    static let noticedWithin = RecentKeyCache.folderCheck + .milliseconds(50)

    let signingKeys: SigningKeys
    private let folder: VaultFolder
    private let dataKeys: DataKeys
    private let sealer: Sealer
    private let report: @Sendable (String) -> Void
    /// The files that were reported as unreadable, so that each is reported once and not at every use.
    private let reported = Mutex<[AccountID: FileIdentity?]>([:])

    init(
        path: String, randomness: Randomness, clock: LedgerClock = .system, report: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        folder = VaultFolder(path)
        sealer = Sealer(randomness, clock)
        dataKeys = DataKeys(folder, randomness, clock) { [sealer] in sealer.forgetKeys() }
        signingKeys = SigningKeys(folder, randomness)
        self.report = report
    }

    /// Finishes what a killed process has left: data keys that were being erased, and files that were being made. Throws where a data
    /// key that was erased is still on the disk.
    func tidyUp() throws {
        guard folder.isWritable else { return }
        removeLeftovers()
        try dataKeys.finishErasures()
    }

    /// Removes what killed processes have left of files that they were making.
    func removeLeftovers() { if folder.isWritable { FileSystem.removeLeftovers(in: folder.path) } }

    /// Returns whether the vault contains a key of any kind.
    func holdsKeys() throws -> Bool {
        try folder.contents().contains { $0.hasPrefix(SigningKeys.prefix) || $0.hasSuffix(DataKeys.suffix) }
    }

    /// Returns the identity of the folder, which differs after each key that is made or destroyed by any process; `nil` too soon after
    /// such a change.
    package func folderIdentity() -> FileIdentity? { folder.identity }

    /// Why the vault cannot be used, or a data key in it that was needed; `nil` where nothing is in the way.
    func problem() -> LedgerError? { folder.problem ?? dataKeys.problem() }

    // MARK: Data keys

    /// Makes a data key for the account unless it has one. The key is durable on return. The method is called before anything is sealed
    /// for the account.
    func ensureDataKey(of account: AccountID) throws { try dataKeys.ensureKey(of: account) }

    /// Returns whether the account has a data key that may be sealed with at once. The method makes nothing, and does not wait for the
    /// disk.
    func hasDurableDataKey(_ account: AccountID) throws -> Bool { try dataKeys.isDurable(account) }

    /// Returns the id of the account's data key; `nil` where it has none. Throws where the file cannot be read, or is damaged.
    package func dataKeyID(of account: AccountID) throws -> Bytes16? { try dataKeys.key(of: account)?.id }

    /// Returns the identity of the file of the account's data key, which distinguishes the key from earlier ones of the account; `nil`
    /// where the account has none. The result is at most a tenth of a second old, or a second where the file was overwritten in place.
    package func recentIdentity(_ account: AccountID) -> FileIdentity? { dataKeys.recentFile(of: account) }

    /// Returns the content of the account's file; `nil` where it has none. Throws where the content cannot be determined.
    package func found(_ account: AccountID) throws -> DataKeyFile? { try dataKeys.content(of: account) }

    /// The path of the account's file, which need not exist.
    package func file(of account: AccountID) -> String { dataKeys.file(account) }

    /// Destroys the account's data key. Returns whether the account had one. On return nothing is left of the key in the folder,
    /// durably; on file systems that overwrite files in place, nothing is left on the disk either. An interrupted destruction is
    /// finished when the vault is opened next.
    func destroy(_ account: AccountID) throws -> Bool { try dataKeys.destroy(account) }

    /// The files of data keys whose erasure was begun and not finished: what was to be erased can still be read.
    package func unfinishedErasures() throws -> [String] { try dataKeys.unfinishedErasures() }

    /// Destroys the content of the account's file, unless it has changed since it was found.
    func destroy(_ account: AccountID, ifItIs expected: DataKeyFile) throws {
        if try found(account) == expected { _ = try destroy(account) }
    }

    /// Destroys what a killed process has left of the making of these data keys: a file under another name, which no account has.
    func destroyIncomplete(_ destroyed: Set<Bytes16>) throws {
        guard folder.isWritable else { return }
        try dataKeys.destroyIncomplete(destroyed.contains)
    }

    // MARK: Sealing

    /// Returns the event with `fields` sealed in it under its account's data key; everything else in it is as it will be recorded.
    /// Throws where the account has no data key, or none that can be read.
    func sealed(_ event: Event, with fields: PersonalFields) throws -> Event {
        var event = event
        event.sealed = try seal(fields, for: event)
        return event
    }

    /// Returns what `sealed` does, but without the fields where the account has no data key that can be read: the event counts even
    /// when its source can no longer be recorded.
    func sealedIfPossible(_ event: Event, with fields: PersonalFields) throws -> Event {
        var event = event
        event.sealed = try sealIfPossible(fields, for: event)
        return event
    }

    /// Returns the event with `sealed`, which was sealed for another event, sealed anew for it, and with nothing but the IP allowlist:
    /// a fork carries over no other field. Fields that cannot be opened stay as they are, and cannot be opened in the new event either.
    func sealed(_ event: Event, carryingOver sealed: SealedFields?) throws -> Event {
        guard let sealed else { return event }
        let fields = try open(sealed, keyID: event.keyID, accountID: event.accountID).map { PersonalFields(ipAllowlist: $0.ipAllowlist) }
        var event = event
        event.sealed = try fields.flatMap { try seal($0, for: event) } ?? sealed.moved(to: event)
        return event
    }

    /// Returns `fields` as `event` is to contain them; `nil` where they are empty. Throws as `sealed` does.
    func seal(_ fields: PersonalFields, for event: Event) throws -> SealedFields? {
        guard !fields.isEmpty else { return nil }
        guard let key = try dataKeys.durableKey(of: event.accountID) else {
            throw LedgerError.vault(path: dataKeys.file(event.accountID), problem: "the account has no data key")
        }
        return try sealer.seal(fields, key, for: event)
    }

    /// Returns `fields` as `event` is to contain them; `nil` where they are empty, or the account has no data key that can be read.
    func sealIfPossible(_ fields: PersonalFields, for event: Event) throws -> SealedFields? {
        guard !fields.isEmpty else { return nil }
        do {
            // Fields that are sealed with a key that has just been destroyed are unreadable, as they should be.
            guard let key = try dataKeys.recentDurableKey(of: event.accountID) else { return nil }
            return try sealer.seal(fields, key, for: event)
        } catch let error as LedgerError {
            reportOnce(error, event.accountID)
            return nil
        }
    }

    package func open(_ sealed: SealedFields, keyID: KeyID, accountID: AccountID) throws -> PersonalFields? {
        guard let key = try dataKeys.key(of: accountID), key.id == sealed.dataKeyID else { return nil }
        return sealed.open(key: key.key, keyID: keyID, accountID: accountID)
    }

    private func reportOnce(_ error: LedgerError, _ account: AccountID) {
        let identity = FileIdentity(of: dataKeys.file(account))
        let isNew = reported.withLock { reported in
            defer { reported[account] = .some(identity) }
            return reported[account] != .some(identity)
        }
        if isNew { report("\(error) Uses of the account \(account) are recorded without where they came from.") }
    }

    // MARK: Digests and keys that only the data key's holder can compute

    /// Returns a digest of texts that only a holder of the account's data key can compute, and that reveals nothing once the key is
    /// destroyed. The length of each text is part of the digest. The result is `nil` where the account has no data key.
    func keyedDigest(of parts: [String], account: AccountID) throws -> Digest32? {
        guard let key = try dataKeys.key(of: account) else { return nil }
        var code = HMAC<SHA256>(key: key.key)
        for part in parts {
            let bytes = Array(part.utf8)
            code.update(data: UInt64(bytes.count).bigEndianBytes)
            code.update(data: bytes)
        }
        return Digest32(Array(code.finalize()))
    }

    /// Returns the key under which the fingerprints of commands are hidden; it is another key after each erasure, and `nil` where the
    /// account has no data key. Throws where the data key cannot be read now: it is then not known whether a command was submitted
    /// before.
    func fingerprintKey(of account: AccountID) throws -> SymmetricKey? {
        guard let key = try dataKeys.key(of: account) else { return nil }
        return HKDF<SHA256>.deriveKey(inputKeyMaterial: key.key, info: Array("keyledger command fingerprint 1".utf8), outputByteCount: 32)
    }
}
