public import Bytes
public import KeyEvents
public import Projections
public import Storage

/// The query layer: it takes verdicts from the validation index. A validation only reads. It is one lookup in the index, and a
/// second one of the key's state where the key has an IP allowlist. It uses no lock and no cache, so a change that was
/// acknowledged is in force for every question asked after it.
public struct Validator: Sendable {
    private let environment: Environment
    private let tables: StateTables
    private let prefix: [UInt8]
    private let decryptor: any PersonalFieldsDecryptor

    /// Creates a validator over an open environment.
    ///
    /// - Parameters:
    ///   - environment: The LMDB environment of the ledger.
    ///   - prefix: The prefix of the keys of this ledger, such as `lhql`.
    ///   - decryptor: Decrypts IP allowlists. A key whose allowlist can never be decrypted again is refused from every address.
    public init(_ environment: Environment, prefix: String, decryptor: any PersonalFieldsDecryptor) {
        self.decryptor = decryptor
        self.environment = environment
        tables = StateTables(environment)
        self.prefix = Array(prefix.utf8)
    }

    /// Returns the verdict on a secret as the caller presented it.
    ///
    /// The verdict is decided by the later of the clock and the newest record.
    ///
    /// - Parameters:
    ///   - secret: The bytes of the presented text.
    ///   - accessCheck: What the caller asks beyond whether the key is valid.
    ///   - clock: The reading of the wall clock, in microseconds since 1970-01-01T00:00:00Z.
    /// - Returns: The verdict. `.malformed` is returned where no key has this secret and its text cannot be a key with the
    ///   validator's prefix; `.notFound` where it could be one.
    /// - Throws: `StorageError` where the environment cannot be read, `LogError` where the log or the derived tables are damaged
    ///   or the log needs a feature that this version does not know, `CorruptIndexEntry`, and whatever the opener throws. None of them
    ///   is a verdict: an operator has to repair something.
    public func verdict(on secret: Span<UInt8>, _ accessCheck: AccessCheck = AccessCheck(), at clock: Timestamp) throws -> Verdict {
        let verdict = try verdict(on: SecretFormat.digest(secret), accessCheck, at: clock)
        // A text whose digest is in the index is a key. Its shape is checked only where the digest is not in the index.
        guard verdict.code == .notFound else { return verdict }
        if SecretFormat.isWellFormed(secret, prefix: prefix.span) {
            var verdict = verdict
            if verdict.key == nil { verdict.unknownHint = SecretFormat.hint(of: secret) }
            return verdict
        }
        return Verdict(.malformed, position: verdict.position, decidedAt: verdict.decidedAt)
    }

    /// Returns the verdict on the secret with this digest.
    ///
    /// The verdict is decided by the later of the clock and the newest record.
    ///
    /// - Parameters:
    ///   - digest: The SHA-256 digest of the whole secret.
    ///   - accessCheck: What the caller asks beyond whether the key is valid.
    ///   - clock: The reading of the wall clock, in microseconds since 1970-01-01T00:00:00Z.
    /// - Returns: The verdict; `.notFound` where no secret has this digest.
    /// - Throws: `StorageError`, `LogError`, `CorruptIndexEntry` and what the opener throws, as `verdict(on:_:at:)` of a presented
    ///   secret.
    public func verdict(on digest: Digest32, _ accessCheck: AccessCheck = AccessCheck(), at clock: Timestamp) throws -> Verdict {
        try environment.read { transaction in
            let view = try StateView(tables, transaction)
            return try Self.verdict(on: digest, accessCheck, at: view.time(at: clock), view.position, view.store, decryptor, transaction)
        }
    }

    /// Returns the verdict on the secret with this digest, within a transaction that is already open. The writer decides again in
    /// its own transaction.
    ///
    /// - Parameters:
    ///   - digest: The SHA-256 digest of the whole secret.
    ///   - accessCheck: What the caller asks beyond whether the key is valid.
    ///   - now: The time by which the verdict is decided, in microseconds since 1970-01-01T00:00:00Z.
    ///   - position: The position of the newest record that the transaction sees; `nil` for an empty log.
    ///   - store: The state tables that are in force in the transaction.
    ///   - decryptor: Decrypts the IP allowlist.
    ///   - transaction: The transaction to read in.
    /// - Returns: The verdict; `.notFound` where no secret has this digest.
    /// - Throws: `CorruptIndexEntry` where the entry is damaged or its key has no state, `LogError` where that state is damaged,
    ///   `StorageError` where the tables cannot be read, and what the opener throws.
    public static func verdict(
        on digest: Digest32, _ accessCheck: AccessCheck, at now: Timestamp, _ position: UInt64?, _ store: StateStore,
        _ decryptor: any PersonalFieldsDecryptor, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> Verdict {
        guard let bytes = try store.entry(digest, transaction) else {
            return Verdict(.notFound, position: position, decidedAt: now)
        }
        guard let entry = ValidationEntry(bytes) else {
            throw CorruptIndexEntry()
        }
        let id = entry.keyID
        return try verdict(on: entry, digest, accessCheck, at: now, position) {
            // A key that is in the index has a state. Where it is missing, the index is damaged, and an error is not a verdict.
            guard let state = try store.key(id, transaction) else { throw CorruptIndexEntry() }
            return try isAllowed(accessCheck.address, state, decryptor) {
                try store.erasures(of: state.accountID, transaction)
            }
        }
    }

    /// Applies the rules to one entry of the validation index: of a secret as it is now, or as it was at an earlier time.
    ///
    /// The rules are applied in the order of the cases of `VerdictCode`, and the first that fails decides.
    ///
    /// - Parameters:
    ///   - entry: The entry of the secret.
    ///   - digest: The SHA-256 digest under which the index holds the entry.
    ///   - accessCheck: What the caller asks beyond whether the key is valid.
    ///   - now: The time by which the verdict is decided, in microseconds since 1970-01-01T00:00:00Z.
    ///   - position: The position of the last record that the entry reflects; `nil` for an empty log.
    ///   - isAddressAllowed: Says whether the key's IP allowlist holds the address of the access check. It is called only where the
    ///     key has an allowlist.
    /// - Returns: The verdict.
    /// - Throws: What `isAddressAllowed` throws.
    public static func verdict(
        on entry: borrowing ValidationEntry, _ digest: Digest32, _ accessCheck: AccessCheck, at now: Timestamp, _ position: UInt64?,
        isAddressAllowed: () throws -> Bool
    ) rethrows -> Verdict {
        if let account = accessCheck.account, !entry.isAccount(account) {
            return Verdict(.notFound, position: position, decidedAt: now)
        }
        let (expiresAt, retiresAt) = (entry.expiresAt, entry.retiresAt)
        let isRetired = entry.isSecretRetired || (retiresAt <= now && retiresAt.microseconds != .max)
        let key = Verdict.KnownKey(
            id: entry.keyID, accountID: entry.accountID, secretID: entry.secretID, digest: digest, permissions: entry.permissions,
            expiresAt: expiresAt.microseconds == .max ? nil : expiresAt, endsAt: min(expiresAt, retiresAt),
            isSecretRetired: isRetired && !entry.isRevoked, retiresOlder: entry.retiresOlder)
        func refused(_ code: VerdictCode, _ missing: String? = nil) -> Verdict {
            Verdict(
                code, position: position, decidedAt: now, key: key, missingScope: missing,
                isAddressUnknown: code == .ipNotAllowed && accessCheck.address == nil)
        }
        if let environment = accessCheck.environment, !entry.isEnvironment(environment) { return refused(.notFound) }
        if entry.isRevoked || isRetired { return refused(.revoked) }
        if entry.isExpiryRecorded || expiresAt <= now { return refused(.expired) }
        if entry.isDisabled { return refused(.disabled) }
        if entry.restrictsAddresses, try !isAddressAllowed() { return refused(.ipNotAllowed) }
        for scope in accessCheck.scopes where !entry.permits(scope) { return refused(.insufficientScope, scope) }
        return Verdict(.valid, position: position, decidedAt: now, key: key)
    }

    /// Returns whether the key's IP allowlist holds an address.
    ///
    /// The allowlist is personal data: the index does not hold it, and after the account's data key has been destroyed nobody can
    /// read it.
    ///
    /// - Parameters:
    ///   - address: The address that the call comes from; `nil` where it is not known.
    ///   - state: The key's state, with the sealed allowlist.
    ///   - decryptor: Decrypts the allowlist.
    ///   - erasures: Returns the erasures of the key's account. It is called only where the allowlist cannot be decrypted.
    /// - Returns: `false` also where the address is not known, and where the account was erased, so that the allowlist can never be
    ///   decrypted again.
    /// - Throws: What the opener throws where the data key cannot be read now, and `UnreadableAllowlist` where the allowlist cannot be
    ///   decrypted though the log says of no erasure: an error is not a verdict.
    public static func isAllowed(
        _ address: IPAddress?, _ state: KeyState, _ decryptor: any PersonalFieldsDecryptor, erasures: () throws -> [Erasure]
    ) throws -> Bool {
        guard let address, let sealed = state.sealedAllowlist else { return false }
        guard let fields = try decryptor.open(sealed, keyID: state.id, accountID: state.accountID) else {
            if try erasures().contains(where: { $0.destroyed(sealed.dataKeyID, sealingUpTo: state.changedPosition) }) { return false }
            throw UnreadableAllowlist(key: state.id, account: state.accountID)
        }
        return (fields.ipAllowlist ?? []).contains { IPNetwork($0)?.contains(address) ?? false }
    }
}

/// The addresses that a key may be used from cannot be decrypted, though the log does not say that they were erased: the account's data
/// key is lost, or what is sealed with it is damaged. Whether the key may be used cannot be judged then.
public struct UnreadableAllowlist: Error, CustomStringConvertible {
    let key: KeyID
    let account: AccountID

    /// A sentence for the operator that names the remedy.
    public var description: String {
        "The addresses that the key \(key) may be used from cannot be read: the data key of the account \(account) is lost. Restore vault/ from a"
            + " backup; if there is none, give the key other addresses (keyledger keys change), or say that they are given up: keyledger accounts"
            + " erase \(account)"
    }
}

/// An entry of the validation index has a layout that this version does not know, or its check does not match its bytes, or its
/// key has no state.
public struct CorruptIndexEntry: Error, CustomStringConvertible {
    /// Creates the error.
    public init() {}

    /// A sentence for the operator that names the remedy.
    public var description: String { "an entry of the validation index cannot be read; run keyledger replay to rebuild it" }
}
