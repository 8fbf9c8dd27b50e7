public import KeyEvents
public import Ledger
public import LedgerQueries
internal import Projections

/// The JSON document of a key.
public struct KeyDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case id, accountId, name, environment, status, hint, secret, message, scopes, permissions, metadata, ipAllowlist, createdAt,
            expiresAt
        case firstUsedAt, lastUsedAt, usageCount, refusedCount, secrets, position
    }

    private let key: DecryptedKey
    private let now: Timestamp
    private let usage: KeyWithUsage?
    private let position: UInt64
    private let secret: Secret?
    /// Whether the document responds to a call that creates a secret. Only such documents may contain one.
    private let isIssue: Bool
    /// The fields to write; `nil` for all of them.
    private var shown: Set<CodingKeys>?

    /// Creates the response to a creation or a rotation, with the new secret; the secret is `null` when the same command came
    /// again.
    public init(issued outcome: CommandOutcome, secret: Secret?, at now: Timestamp) {
        key = outcome.key
        self.now = now
        usage = nil
        position = outcome.position
        self.secret = secret
        isIssue = true
    }

    /// What to do when the response holds no secret because it is not shown again.
    public var message: String? {
        guard isIssue, secret == nil else { return nil }
        return "This command came before: it made a secret of the key \(key.state.id), which is not shown again. If it was lost, rotate"
            + " the key."
    }

    /// Creates the document of a key with its usage. The status is that at the time `now`.
    public init(_ listed: KeyWithUsage, at now: Timestamp) {
        key = listed.key
        self.now = now
        usage = listed
        position = listed.key.state.changedPosition
        secret = nil
        isIssue = false
    }

    /// Creates the response to a command that makes no secret.
    public init(_ outcome: CommandOutcome, at now: Timestamp) {
        key = outcome.key
        self.now = now
        usage = nil
        position = outcome.position
        secret = nil
        isIssue = false
    }

    /// Reduces the document for a caller that may change keys but not read them: which key it was, its status, and what the
    /// caller changed itself.
    package func onlyChanged(_ change: KeyChange? = nil) -> KeyDocument {
        var document = self
        var shown: Set<CodingKeys> = [.id, .accountId, .status, .position]
        if isIssue { shown.formUnion([.environment, .hint, .secret, .message, .secrets]) }
        if change?.name != nil { shown.insert(.name) }
        if change?.scopes != nil { shown.insert(.scopes) }
        if change?.permissions != nil { shown.insert(.permissions) }
        if change?.metadata != nil { shown.insert(.metadata) }
        if change?.ipAllowlist != nil { shown.insert(.ipAllowlist) }
        if change?.expiry != nil { shown.insert(.expiresAt) }
        document.shown = shown
        return document
    }

    /// Writes the document's fields.
    public func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        func set(_ field: CodingKeys, _ value: (some Encodable)?) throws {
            if shown?.contains(field) ?? true { try fields.set(field, value) }
        }
        try set(.id, key.state.id.description)
        try set(.accountId, key.state.accountID.description)
        try set(.name, key.name)
        try set(.environment, key.state.environment)
        try set(.status, key.state.status(at: now).rawValue)
        try set(.hint, key.state.hint)
        if isIssue {
            try set(.secret, secret?.reveal())
            try set(.message, message)
        }
        try set(.scopes, key.state.scopes)
        try set(.permissions, key.state.permissions.map(\.rawValue))
        try set(.metadata, key.metadata)
        try set(.ipAllowlist, key.ipAllowlist)
        try set(.createdAt, key.state.createdAt.description)
        try set(.expiresAt, key.state.expiresAt?.description)
        if let usage {
            try set(.firstUsedAt, usage.usage.firstUsedAt?.description)
            try set(.lastUsedAt, usage.usage.lastUsedAt?.description)
            try set(.usageCount, usage.usage.counts.uses)
            try set(.refusedCount, usage.usage.counts.refused)
        }
        try set(
            .secrets,
            key.state.secrets.map { SecretDocument($0, of: key.state, lastUsedAt: usage?.usage.secretUses[$0.record.id], at: now) })
        try set(.position, position)
    }
}
