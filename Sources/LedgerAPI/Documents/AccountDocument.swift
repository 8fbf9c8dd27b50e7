public import KeyEvents
public import Projections

/// The JSON document about an account: how many keys it has, and what it is allowed.
public struct AccountDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case id, keys, keyLimit, grantable
    }

    private let id: AccountID
    private let standing: AccountStanding

    /// Creates the document of an account.
    public init(_ id: AccountID, _ standing: AccountStanding) {
        self.id = id
        self.standing = standing
    }

    /// Writes the document's fields.
    public func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        try fields.set(.id, id.description)
        try fields.set(.keys, standing.keys)
        try fields.set(.keyLimit, standing.keyLimit)
        try fields.set(.grantable, standing.rules.grantable)
    }
}
