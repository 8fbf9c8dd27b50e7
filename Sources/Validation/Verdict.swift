public import Bytes
public import KeyEvents
public import Projections

/// The answer to "is this key good, for this call, now?". A refused key is an answer, not an error.
public struct Verdict: Sendable {
    public let code: VerdictCode
    /// The position of the last record the answer reflects; `nil` on an empty log.
    public let position: UInt64?
    public let decidedAt: Timestamp
    /// The key that was presented, where there is one, whether or not it was accepted.
    public let key: KnownKey?
    /// The first scope asked for that the key lacks.
    public let missingScope: String?
    /// The key was refused for its address, and none was told.
    public let isAddressUnknown: Bool
    /// What may be shown of a well-formed secret that belongs to no key, or to none that the asker may know of.
    public internal(set) var unknownHint: String?

    public init(
        _ code: VerdictCode, position: UInt64?, decidedAt: Timestamp, key: KnownKey? = nil, missingScope: String? = nil,
        isAddressUnknown: Bool = false
    ) {
        self.isAddressUnknown = isAddressUnknown
        self.code = code
        self.position = position
        self.decidedAt = decidedAt
        self.key = key
        self.missingScope = missingScope
    }

    /// A key of the ledger, as the index knows it.
    public struct KnownKey: Equatable, Sendable {
        public let id: KeyID
        public let accountID: AccountID
        public let secretID: UInt32
        /// Under which the index holds the secret that was presented.
        public let digest: Digest32
        public let permissions: PermissionSet
        /// `nil`: never.
        public let expiresAt: Timestamp?
        /// The end of the key or of the secret that was presented, whichever comes by itself first.
        public let endsAt: Timestamp
        public let isSecretRetired: Bool
        /// A use of this secret, once accepted, ends older ones of the key.
        public let retiresOlder: Bool
    }

    public var isValid: Bool { code == .valid }

    /// The key, where the asker may know of it: not when it was asked for in another environment.
    public var disclosedKey: KnownKey? { code == .notFound ? nil : key }

    /// One plain sentence that says what to do next.
    public var message: String {
        switch code {
        case .valid: "The key is valid."
        case .missing: "No API key was sent; send it as “Authorization: Bearer <key>” or “X-API-Key: <key>”."
        case .badHeader: "Send exactly one API key, as “Authorization: Bearer <key>” or “X-API-Key: <key>”."
        case .malformed: "You did not send the complete key, or it was mistyped; copy the whole key again."
        case .notFound: "There is no such key; check that you use the right key for this environment, or create a new one."
        case .revoked:
            if key?.isSecretRetired == true {
                "This key was replaced by a newer one of the same name; use the newest."
            } else {
                "The key was revoked; create a new key and use that one."
            }
        case .expired:
            if let expiresAt = key?.expiresAt {
                "The key expired at \(expiresAt); create a new key and use that one."
            } else {
                "The key expired; create a new key and use that one."
            }
        case .disabled: "The key is disabled; ask the owner of the account to enable it."
        case .ipNotAllowed where isAddressUnknown:
            "The key may be used from some addresses only, and from which one this call comes was not told; the service or gateway that asks"
                + " has to pass on its caller's address."
        case .ipNotAllowed: "The key may not be used from this address; call from an allowed one, or change the key's IP allowlist."
        case .insufficientScope:
            if let missingScope {
                "The key does not have the scope \(missingScope); use a key that has it, or add it to this one."
            } else {
                "The key does not have a scope that this call needs."
            }
        }
    }
}
