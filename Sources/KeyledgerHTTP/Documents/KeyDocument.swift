public import KeyEvents
public import KeyService
internal import Projections

/// A key as programs see it.
public struct KeyDocument: Encodable, Sendable {
    enum CodingKeys: String, CodingKey {
        case id, accountId, name, environment, status, hint, secret, message, scopes, permissions, metadata, ipAllowlist, createdAt,
            expiresAt
        case firstUsedAt, lastUsedAt, usageCount, refusedCount, secrets, position
    }

    private let key: KeyView
    private let now: Timestamp
    private let usage: ListedKey?
    private let position: UInt64
    private let secret: Secret?
    /// A new secret was asked for: the only documents that may hold one.
    private let isIssue: Bool

    /// The answer to a creation or a rotation, with the new secret; `null` when the same command came again.
    public init(issued outcome: CommandOutcome, secret: Secret?, at now: Timestamp) {
        key = outcome.key
        self.now = now
        usage = nil
        position = outcome.position
        self.secret = secret
        isIssue = true
    }

    /// What to do without the secret, where it is not shown again.
    public var message: String? {
        guard isIssue, secret == nil else { return nil }
        return "This command came before: it made a secret of the key \(key.state.id), which is not shown again. If it was lost, rotate"
            + " the key."
    }

    public init(_ listed: ListedKey, at now: Timestamp) {
        key = listed.key
        self.now = now
        usage = listed
        position = listed.key.state.changedPosition
        secret = nil
        isIssue = false
    }

    /// The answer to a command.
    public init(_ outcome: CommandOutcome, at now: Timestamp) {
        key = outcome.key
        self.now = now
        usage = nil
        position = outcome.position
        secret = nil
        isIssue = false
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = JSONFields(encoder, CodingKeys.self)
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
        }
        try fields.set(
            .secrets,
            key.state.secrets.map { SecretDocument($0, of: key.state, lastUsedAt: usage?.usage.secretUses[$0.record.id], at: now) })
        try fields.set(.position, position)
    }
}
