internal import Bytes
internal import KeyEvents
internal import Ledger
public import LedgerQueries

/// The values of a key, or the rules of an account, that an event replaces, as they were before the event.
public struct BeforeDocument: Encodable, Sendable {
    package enum CodingKeys: String, CodingKey {
        case name, scopes, permissions, expiresAt, metadata, ipAllowlist, secrets, keyLimit, grantable
    }

    private struct Secret: Encodable {
        enum CodingKeys: String, CodingKey {
            case id, hint, retireAt, retireWhenNewerUsed
        }

        let secret: KeySecret

        /// Writes the fields that the event replaces.
        func encode(to encoder: any Encoder) throws {
            var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
            try fields.set(.id, secret.record.id)
            try fields.set(.hint, secret.record.hint)
            try fields.set(.retireAt, secret.retirement?.date?.description)
            try fields.set(.retireWhenNewerUsed, secret.retirement?.comesWithUse ?? false)
        }
    }

    private enum Replaced {
        case values(DecryptedKey, by: Event.Body)
        case rules(AccountRules)
    }

    private let replaced: Replaced

    /// Creates the document; `nil` for events that replace nothing, and when the earlier values are not known.
    public init?(_ recorded: RecordedEvent) {
        if let rules = recorded.rulesBefore {
            replaced = .rules(rules)
        } else if let key = recorded.before {
            replaced = .values(key, by: recorded.event.body)
        } else {
            return nil
        }
    }

    /// Writes the fields that the event replaces.
    public func encode(to encoder: any Encoder) throws {
        var fields = NullableKeyedEncoder(encoder, CodingKeys.self)
        switch replaced {
        case .values(let key, by: .changed(let changed)):
            if changed.replacesName { try fields.set(.name, key.name) }
            if changed.scopes != nil { try fields.set(.scopes, key.state.scopes) }
            if changed.permissions != nil { try fields.set(.permissions, key.state.permissions.map(\.rawValue)) }
            if changed.expiry != nil { try fields.set(.expiresAt, key.state.expiresAt?.description) }
            if changed.replacesMetadata { try fields.set(.metadata, key.isMetadataReadable ? key.metadata : nil) }
            if changed.restrictsAddresses != nil { try fields.set(.ipAllowlist, key.ipAllowlist) }
        case .values(let key, by: .expired):
            try fields.set(.expiresAt, key.state.expiresAt?.description)
        case .values(let key, by: .secretAdded), .values(let key, by: .secretRetired):
            try fields.set(.secrets, key.state.secrets.filter { $0.retiredAt == nil }.map { Secret(secret: $0) })
        case .values: break
        case .rules(let rules):
            try fields.set(.keyLimit, rules.keyLimit)
            try fields.set(.grantable, rules.grantable)
        }
    }
}
