internal import Bytes
public import KeyEvents
public import Ledger
public import LedgerQueries
internal import Projections

/// The JSON document of a key.
public struct KeyDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case id, accountId, name, environment, status, hint, secret, message, scopes, permissions, metadata, ipAllowlist, createdAt,
            expiresAt
        case firstUsedAt, lastUsedAt, usageCount, refusedCount, usageToPosition, secrets, repeated, position
    }

    private let key: DecryptedKey
    private let now: Timestamp
    private let usage: KeyWithUsage?
    private let position: UInt64
    private let secret: Secret?
    /// Whether the document responds to a call that creates a secret. Only such documents may contain one.
    private let isIssue: Bool
    /// Whether the same command came before, and this is the key as that command left it; `nil` where the document responds to no
    /// command.
    private let isRepeated: Bool?
    /// The fields to write; `nil` for all of them.
    private var shown: Set<CodingKeys>?

    /// Creates the response to a creation or a rotation, with the new secret; the secret is `null` when the same command came
    /// again.
    public init(issued outcome: CommandOutcome, secret: Secret?) {
        key = outcome.key
        now = outcome.decidedAt
        usage = nil
        position = outcome.position
        self.secret = secret
        isIssue = true
        isRepeated = outcome.isRepeat
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
        isRepeated = nil
    }

    /// Creates the response to a command that makes no secret. The key is as the command left it.
    public init(_ outcome: CommandOutcome) {
        key = outcome.key
        now = outcome.decidedAt
        usage = nil
        position = outcome.position
        secret = nil
        isIssue = false
        isRepeated = outcome.isRepeat
    }

    /// Reduces the document for a caller that may change keys but not read them: which key it was, its status, and what the
    /// caller changed itself.
    package func onlyChanged(_ change: KeyChange? = nil) -> KeyDocument {
        var document = self
        var shown: Set<CodingKeys> = [.id, .accountId, .status, .repeated, .position]
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
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self) { shown?.contains($0) ?? true }
        try fields.set(.id, key.state.id.description)
        try fields.set(.accountId, key.state.accountID.description)
        try fields.set(.name, key.name)
        try fields.set(.environment, key.state.environment)
        try fields.set(.status, key.state.status(at: now).rawValue)
        try fields.set(.hint, key.state.hint)
        if isIssue {
            try fields.set(.secret, secret?.reveal())
            try fields.set(.message, message)
        }
        try fields.set(.scopes, key.state.scopes)
        try fields.set(.permissions, key.state.permissions.map(\.rawValue))
        try fields.set(.metadata, key.metadata)
        try fields.set(.ipAllowlist, key.ipAllowlist)
        try fields.set(.createdAt, key.state.createdAt.description)
        try fields.set(.expiresAt, key.state.expiresAt?.description)
        if let usage {
            try fields.set(.firstUsedAt, usage.usage.firstUsedAt?.description)
            try fields.set(.lastUsedAt, usage.usage.lastUsedAt?.description)
            try fields.set(.usageCount, usage.usage.counts.uses)
            try fields.set(.refusedCount, usage.usage.counts.refused)
            try fields.set(.usageToPosition, usage.usageEnd)
        }
        try fields.set(
            .secrets,
            key.state.secrets.map { SecretDocument($0, of: key.state, lastUsedAt: usage?.usage.secretUses[$0.record.id], at: now) })
        if let isRepeated { try fields.set(.repeated, isRepeated) }
        try fields.set(.position, position)
    }
}
