public import Bytes
public import KeyEvents
public import Projections
public import Storage

/// The query layer: verdicts from the validation index. Reads only; one lookup; no lock, no cache, so an acknowledged
/// change is in force for every question asked after it.
public struct Validator: Sendable {
    private let environment: Environment
    private let tables: StateTables
    private let prefix: [UInt8]
    private let opener: any PersonalFieldsOpener

    /// `prefix`: of the keys made here, such as `lhql`. `opener` reads IP allowlists; those that nobody can read any more allow nobody.
    public init(_ environment: Environment, prefix: String, opener: any PersonalFieldsOpener) {
        self.opener = opener
        self.environment = environment
        tables = StateTables(environment)
        self.prefix = Array(prefix.utf8)
    }

    /// The verdict on a secret as presented, by the later of the clock and the newest record. Throws only what an operator must mend.
    public func verdict(on secret: Span<UInt8>, _ question: Question = Question(), at clock: Timestamp) throws -> Verdict {
        let verdict = try verdict(on: SecretFormat.digest(secret), question, at: clock)
        // A text whose digest is in the index is a key. Only of another is it asked whether it can be one at all.
        guard verdict.code == .notFound else { return verdict }
        if SecretFormat.isWellFormed(secret, prefix: prefix.span) {
            var verdict = verdict
            if verdict.key == nil { verdict.unknownHint = SecretFormat.hint(of: secret) }
            return verdict
        }
        return Verdict(.malformed, position: verdict.position, decidedAt: verdict.decidedAt)
    }

    /// The verdict on the secret with this digest, by the later of the clock and the newest record: `.notFound` where none has it.
    public func verdict(on digest: Digest32, _ question: Question = Question(), at clock: Timestamp) throws -> Verdict {
        try environment.read { transaction in
            let view = try StateView(tables, transaction)
            return try Self.verdict(on: digest, question, at: view.time(at: clock), view.position, view.store, opener, transaction)
        }
    }

    /// The verdict on a known digest in a view at hand; the writer asks it again inside its transaction.
    public static func verdict(
        on digest: Digest32, _ question: Question, at now: Timestamp, _ position: UInt64?, _ store: StateStore,
        _ opener: any PersonalFieldsOpener, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> Verdict {
        guard let bytes = try store.entry(digest, transaction) else {
            return Verdict(.notFound, position: position, decidedAt: now)
        }
        guard let entry = ValidationEntry(bytes) else {
            throw DamagedIndex()
        }
        let id = entry.keyID
        return try verdict(on: entry, digest, question, at: now, position) {
            // Of a key that is in the index there is a state: an error is not a verdict.
            guard let state = try store.key(id, transaction) else { throw DamagedIndex() }
            return try isAllowed(question.address, state, opener)
        }
    }

    /// The rules, for a secret of a key as it is now or as it was at any moment. `isAddressAllowed` is asked where the key may not be
    /// used from everywhere.
    public static func verdict(
        on entry: borrowing ValidationEntry, _ digest: Digest32, _ question: Question, at now: Timestamp, _ position: UInt64?,
        isAddressAllowed: () throws -> Bool
    ) rethrows -> Verdict {
        if let account = question.account, !entry.isAccount(account) {
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
                isAddressUnknown: code == .ipNotAllowed && question.address == nil)
        }
        if let environment = question.environment, !entry.isEnvironment(environment) { return refused(.notFound) }
        if entry.isRevoked || isRetired { return refused(.revoked) }
        if entry.isExpiryRecorded || expiresAt <= now { return refused(.expired) }
        if entry.isDisabled { return refused(.disabled) }
        if entry.restrictsAddresses, try !isAddressAllowed() { return refused(.ipNotAllowed) }
        for scope in question.scopes where !entry.permits(scope) { return refused(.insufficientScope, scope) }
        return Verdict(.valid, position: position, decidedAt: now, key: key)
    }

    /// The allowlist is personal: the index does not hold it, and once the account's data key is destroyed nobody can read it. Throws where
    /// the data key cannot be read now: an error is not a verdict.
    public static func isAllowed(_ address: IPAddress?, _ state: KeyState, _ opener: any PersonalFieldsOpener) throws -> Bool {
        guard let address, let sealed = state.sealedAllowlist,
            let allowlist = try opener.open(sealed, keyID: state.id, accountID: state.accountID)?.ipAllowlist
        else { return false }
        return allowlist.contains { IPNetwork($0)?.contains(address) ?? false }
    }
}

/// An entry of the validation index has a layout that this version does not know, or bytes that its check does not fit.
public struct DamagedIndex: Error, CustomStringConvertible {
    public init() {}

    public var description: String { "an entry of the validation index cannot be read; run keyledger replay to rebuild it" }
}
