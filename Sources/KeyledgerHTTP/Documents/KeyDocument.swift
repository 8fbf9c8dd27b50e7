public import KeyEvents
public import KeyService
internal import Projections

/// A key as programs see it.
public struct KeyDocument: Encodable, Sendable {
    enum CodingKeys: String, CodingKey {
        case id, accountId, name, environment, status, hint, secret, message, scopes, permissions, metadata, createdAt, expiresAt
        case firstUsedAt, lastUsedAt, usageCount, refusedCount, position
    }

    private let key: KeyView
    private let now: Timestamp
    private let usage: ListedKey?
    private let position: UInt64
    private let secret: Secret?
    private let isCreation: Bool

    /// The answer to a creation: the only document that holds a secret; `null` when the same command came again.
    public init(created outcome: CommandOutcome, secret: Secret?, at now: Timestamp) {
        key = outcome.key
        self.now = now
        usage = nil
        position = outcome.position
        self.secret = secret
        isCreation = true
    }

    /// What to do without the secret, where it is not shown again.
    public var message: String? {
        guard isCreation, secret == nil else { return nil }
        return "The key \(key.state.id) was made by this command before, and its secret is not shown again. If it was lost, revoke the"
            + " key and create another."
    }

    public init(_ listed: ListedKey, at now: Timestamp) {
        key = listed.key
        self.now = now
        usage = listed
        position = listed.key.state.changedPosition
        secret = nil
        isCreation = false
    }

    /// The answer to a command.
    public init(_ outcome: CommandOutcome, at now: Timestamp) {
        key = outcome.key
        self.now = now
        usage = nil
        position = outcome.position
        secret = nil
        isCreation = false
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = JSONFields(encoder, CodingKeys.self)
        try fields.set(.id, key.state.id.description)
        try fields.set(.accountId, key.state.accountID.description)
        try fields.set(.name, key.name)
        try fields.set(.environment, key.state.environment)
        try fields.set(.status, key.state.status(at: now).rawValue)
        try fields.set(.hint, key.state.hint)
        if isCreation {
            try fields.set(.secret, secret?.reveal())
            try fields.set(.message, message)
        }
        try fields.set(.scopes, key.state.scopes)
        try fields.set(.permissions, key.state.permissions.map(\.rawValue))
        try fields.set(.metadata, key.metadata)
        try fields.set(.createdAt, key.state.createdAt.description)
        try fields.set(.expiresAt, key.state.expiresAt?.description)
        if let usage {
            try fields.set(.firstUsedAt, usage.usage.firstUsedAt?.description)
            try fields.set(.lastUsedAt, usage.usage.lastUsedAt?.description)
            try fields.set(.usageCount, usage.usage.counts.uses)
            try fields.set(.refusedCount, usage.usage.counts.refused)
        }
        try fields.set(.position, position)
    }
}
