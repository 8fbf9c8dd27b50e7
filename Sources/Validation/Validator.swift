public import KeyEvents
public import LMDB
public import Projections

/// The query layer: verdicts from the validation index. Reads only; one lookup; no lock, no cache, so an acknowledged
/// change is in force for every question asked after it.
public struct Validator: Sendable {
    private let environment: Environment
    private let tables: StateTables
    private let prefix: [UInt8]

    /// `prefix`: of the keys made here, such as `lhql`.
    public init(_ environment: Environment, prefix: String) {
        self.environment = environment
        tables = StateTables(environment)
        self.prefix = Array(prefix.utf8)
    }

    /// The verdict on a secret as presented. Throws only what an operator must mend.
    public func verdict(on secret: Span<UInt8>, _ question: Question = Question(), at now: Timestamp) throws -> Verdict {
        let digest = SecretFormat.digest(secret)
        let verdict = try environment.read { transaction in
            let view = try StateView(tables, transaction)
            return try Self.verdict(on: digest, question, at: now, view.position, view.store, transaction)
        }
        // A text whose digest is in the index is a key. Only of another is it asked whether it can be one at all.
        guard verdict.code == .notFound, !SecretFormat.isWellFormed(secret, prefix: prefix.span) else { return verdict }
        return Verdict(.malformed, position: verdict.position, decidedAt: now)
    }

    /// The verdict on a known digest in a view at hand; the writer asks it again inside its transaction.
    public static func verdict(
        on digest: Digest32, _ question: Question, at now: Timestamp, _ position: UInt64?, _ store: StateStore,
        _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> Verdict {
        guard let bytes = try store.entry(digest, transaction) else {
            return Verdict(.notFound, position: position, decidedAt: now)
        }
        guard let entry = ValidationEntry(bytes) else {
            throw DamagedIndex()
        }
        if let account = question.account, !entry.isAccount(account) {
            return Verdict(.notFound, position: position, decidedAt: now)
        }
        let expiresAt = entry.expiresAt
        let key = Verdict.KnownKey(
            id: entry.keyID, accountID: entry.accountID, secretID: entry.secretID, digest: digest, permissions: entry.permissions,
            expiresAt: expiresAt.microseconds == .max ? nil : expiresAt)
        let (code, missing) = check(entry, expiresAt, question, now)
        return Verdict(code, position: position, decidedAt: now, key: key, missingScope: missing)
    }

    private static func check(
        _ entry: borrowing ValidationEntry, _ expiresAt: Timestamp, _ question: Question, _ now: Timestamp
    ) -> (VerdictCode, missingScope: String?) {
        if let environment = question.environment, !entry.isEnvironment(environment) { return (.notFound, nil) }
        if entry.isRevoked { return (.revoked, nil) }
        if entry.isExpiryRecorded || expiresAt <= now { return (.expired, nil) }
        if entry.isDisabled { return (.disabled, nil) }
        for scope in question.scopes where !entry.permits(scope) { return (.insufficientScope, scope) }
        return (.valid, nil)
    }
}

/// An entry of the validation index has a layout that this version does not know, or bytes that its check does not fit.
public struct DamagedIndex: Error, CustomStringConvertible {
    public var description: String { "an entry of the validation index cannot be read; run keyledger replay to rebuild it" }
}
