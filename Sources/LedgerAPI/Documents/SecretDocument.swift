internal import Bytes
package import KeyEvents

/// The JSON document of one of a key's secrets. It never contains the secret.
package struct SecretDocument: Encodable {
    package enum CodingKeys: String, CodingKey {
        case id, hint, status, addedAt, retireAt, retireWhenNewerUsed, retiredAt, lastUsedAt
    }

    private let secret: KeySecret
    private let key: KeyState
    private let lastUsedAt: Timestamp?
    private let now: Timestamp

    /// Creates the document of a secret. `lastUsedAt` is `nil` when the caller does not know it.
    package init(_ secret: KeySecret, of key: KeyState, lastUsedAt: Timestamp?, at now: Timestamp) {
        self.secret = secret
        self.key = key
        self.lastUsedAt = lastUsedAt
        self.now = now
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.id, secret.record.id)
        try fields.set(.hint, secret.record.hint)
        try fields.set(.status, key.status(of: secret, at: now).rawValue)
        try fields.set(.addedAt, secret.addedAt.description)
        try fields.set(.retireAt, secret.retirement?.date?.description)
        try fields.set(.retireWhenNewerUsed, secret.retirement?.comesWithUse ?? false)
        try fields.set(.retiredAt, secret.retiredAt?.description)
        try fields.set(.lastUsedAt, lastUsedAt?.description)
    }
}
