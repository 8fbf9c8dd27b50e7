internal import Bytes
public import KeyEvents
public import Ledger
public import Projections

/// The JSON document about an account: how many keys it has, and what it is allowed.
public struct AccountDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case id, keys, keyLimit, grantable, repeated
    }

    private let id: AccountID
    private let standing: AccountStanding
    /// Whether the same command came before, and this is the account as that command left it; `nil` where the document responds
    /// to no command.
    private let isRepeated: Bool?
    /// The fields to write; `nil` for all of them.
    private var shown: Set<CodingKeys>?

    /// Creates the document of an account.
    public init(_ id: AccountID, _ standing: AccountStanding) {
        self.id = id
        self.standing = standing
        isRepeated = nil
    }

    /// Creates the response to a change of the account's rules. The account is as the command left it.
    public init(_ outcome: AccountOutcome) {
        id = outcome.account
        standing = outcome.standing
        isRepeated = outcome.isRepeat
    }

    /// Reduces the document for a caller that may change accounts but not read keys: which account it was, and the rules that the caller
    /// changed itself.
    package func onlyChanged(_ change: AccountRulesChange) -> AccountDocument {
        var document = self
        var shown: Set<CodingKeys> = [.id, .repeated]
        if change.keyLimit != nil { shown.insert(.keyLimit) }
        if change.grantable != nil { shown.insert(.grantable) }
        document.shown = shown
        return document
    }

    /// Writes the document's fields.
    public func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self) { shown?.contains($0) ?? true }
        try fields.set(.id, id.description)
        try fields.set(.keys, standing.keys)
        try fields.set(.keyLimit, standing.keyLimit)
        try fields.set(.grantable, standing.rules.grantable)
        if let isRepeated { try fields.set(.repeated, isRepeated) }
    }
}
