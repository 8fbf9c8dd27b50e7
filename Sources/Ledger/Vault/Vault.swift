package import Bytes
internal import Crypto
package import KeyEvents
internal import Projections
package import Storage
internal import Synchronization

/// Seals and opens personal fields with the data keys of their accounts, one an account, each in a file of its own below `vault/`:
///
///     keyledger data key 1
///     <32 hexadecimal digits: id>
///     <64 hexadecimal digits: AES-256 key>
///
/// Destroying the file makes every personal field unreadable that was sealed with the key: in the log, in state, in every copy of either.
/// From then on the account has no data key.
///
/// A process notices what another does at the next use of the vault; what is recorded with verdicts, and where uses came from, a tenth of a
/// second later (a second later where somebody wrote into the file instead).
///
/// The keys that sign checkpoints of the log are in the same folder (`SigningKeys`).
package final class Vault: PersonalFieldsOpener {
    /// How long at most a process goes on believing that a data key is there which another has destroyed, and some more.
    static let noticedWithin = RecentKeyCache.folderCheckInterval + .milliseconds(50)

    let signingKeys: SigningKeys
    private let folder: VaultFolder
    private let dataKeys: DataKeys
    private let sealer: Sealer
    private let report: @Sendable (String) -> Void
    /// The files that were reported as unreadable: once each, not at every use.
    private let reported = Mutex<[AccountID: FileIdentity?]>([:])

    init(path: String, randomness: Randomness, report: @escaping @Sendable (String) -> Void = { _ in }) {
        folder = VaultFolder(path)
        sealer = Sealer(randomness)
        dataKeys = DataKeys(folder, randomness) { [sealer] in sealer.forgetKeys() }
        signingKeys = SigningKeys(folder, randomness)
        self.report = report
    }

    /// Finishes what a process that was killed has left: data keys that were being erased, and files that were being made. Throws where a
    /// data key that was erased is still on the disk.
    func tidyUp() throws {
        guard folder.isWritable else { return }
        Folder.removeLeftovers(in: folder.path)
        try dataKeys.finishErasures()
    }

    /// Whether there is a key of any kind.
    func holdsKeys() throws -> Bool {
        try folder.names().contains { $0.hasPrefix(SigningKeys.prefix) || $0.hasSuffix(DataKeys.suffix) }
    }

    /// Differs after each key that is made or destroyed, by whichever process; `nil` too soon after one.
    package func folderIdentity() -> FileIdentity? { folder.identity }

    // MARK: Data keys

    /// Makes a data key for the account unless it has one; durable on return. To be called before anything is sealed for the account.
    func ensureDataKey(of account: AccountID) throws { try dataKeys.ensureKey(of: account) }

    /// Whether the account has a data key that may be sealed with at once. Makes nothing, and does not wait for the disk.
    func hasDurableDataKey(_ account: AccountID) throws -> Bool { try dataKeys.isDurable(account) }

    /// The id of the account's data key; `nil` where it has none. Throws where the file cannot be read, or is damaged.
    package func dataKeyID(of account: AccountID) throws -> Bytes16? { try dataKeys.key(of: account)?.id }

    /// Tells the account's data key from the others that it has had; `nil` while it has none. As it was at most a tenth of a second ago;
    /// where its file was written to in its place, a second.
    package func recentIdentity(_ account: AccountID) -> FileIdentity? { dataKeys.recentFile(of: account) }

    /// What stands in the account's file; `nil` where it has none. Throws where that cannot be known.
    package func found(_ account: AccountID) throws -> DataKeyFile? { try dataKeys.content(of: account) }

    /// The path of the account's file, which need not exist.
    package func file(of account: AccountID) -> String { dataKeys.file(account) }

    /// Destroys the account's data key. Returns whether it had one. On return nothing is left of it in the folder, durably; on file systems
    /// that overwrite files in their place, nothing on the disk either. Interrupted, it is finished when the vault is opened next.
    func destroy(_ account: AccountID) throws -> Bool { try dataKeys.destroy(account) }

    /// Destroys what stands in the account's file, unless that is something else by now.
    func destroy(_ account: AccountID, ifItIs expected: DataKeyFile) throws {
        if try found(account) == expected { _ = try destroy(account) }
    }

    // MARK: Sealing

    /// The event with `fields` sealed in it under its account's data key; otherwise it is as it will be recorded. Throws where the account
    /// has no data key, or none that can be read.
    func sealed(_ event: Event, with fields: PersonalFields) throws -> Event {
        var event = event
        event.sealed = try seal(fields, for: event)
        return event
    }

    /// As `sealed`, but without the fields where the account has no data key that can be read: the event counts even when where it came
    /// from can no longer be kept.
    func sealedIfPossible(_ event: Event, with fields: PersonalFields) throws -> Event {
        var event = event
        event.sealed = try sealIfPossible(fields, for: event)
        return event
    }

    /// The event with `sealed`, which was sealed for another event, sealed anew for it, with nothing but the IP allowlist: that is all that
    /// a fork carries over. What cannot be opened stays as it is, and opens nowhere.
    func sealed(_ event: Event, carryingOver sealed: SealedFields?) throws -> Event {
        guard let sealed else { return event }
        let fields = try open(sealed, keyID: event.keyID, accountID: event.accountID).map { PersonalFields(ipAllowlist: $0.ipAllowlist) }
        var event = event
        event.sealed = try fields.flatMap { try seal($0, for: event) } ?? sealed.moved(to: event)
        return event
    }

    /// `fields` as `event` is to hold them; `nil` where they are empty. Throws as `sealed` does.
    func seal(_ fields: PersonalFields, for event: Event) throws -> SealedFields? {
        guard !fields.isEmpty else { return nil }
        guard let key = try dataKeys.durableKey(of: event.accountID) else {
            throw LedgerError.vault(path: dataKeys.file(event.accountID), problem: "the account has no data key")
        }
        return try sealer.seal(fields, key, for: event)
    }

    /// `fields` as `event` is to hold them; `nil` where they are empty, or the account has no data key that can be read.
    func sealIfPossible(_ fields: PersonalFields, for event: Event) throws -> SealedFields? {
        guard !fields.isEmpty else { return nil }
        do {
            // What is sealed with a key that has just been destroyed is as unreadable as it should be.
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

    // MARK: What only the data key's holder can compute

    /// A digest of texts that nobody can make who does not hold the account's data key, and that says nothing any more once the key is
    /// destroyed. Each text counts with its length. `nil` where the account has no data key.
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

    /// The key under which what is remembered of commands is hidden, another after each erasure; `nil` where the account has no data key.
    /// Throws where the data key cannot be read now: then it is not known whether a command came before.
    func fingerprintKey(of account: AccountID) throws -> SymmetricKey? {
        guard let key = try dataKeys.key(of: account) else { return nil }
        return HKDF<SHA256>.deriveKey(inputKeyMaterial: key.key, info: Array("keyledger command fingerprint 1".utf8), outputByteCount: 32)
    }
}
