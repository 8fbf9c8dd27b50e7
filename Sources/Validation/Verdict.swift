public import Bytes
public import KeyEvents
public import Projections

/// The answer to "is this key valid for this call, now?". A refusal is an answer and not an error.
public struct Verdict: Sendable {
    /// The outcome: `.valid`, or the first rule that failed.
    public let code: VerdictCode
    /// The position of the last record that the verdict reflects; `nil` for an empty log.
    public let position: UInt64?
    /// The time by which the verdict was decided: the later of the clock and the newest record.
    public let decidedAt: Timestamp
    /// The key that was presented, whether or not it was accepted; `nil` where the presented text belongs to no key, or to one of
    /// an account that the caller may not know of.
    public let key: KnownKey?
    /// The first of the requested scopes that the key does not have; `nil` unless the code is `.insufficientScope`.
    public let missingScope: String?
    /// Whether the key was refused because of its IP allowlist while the caller's address was not known.
    public let isAddressUnknown: Bool
    /// A hint that may be shown of a well-formed secret that belongs to no key, or to none that the caller may know of: prefix,
    /// environment and the last four random characters. `nil` for every other verdict.
    public internal(set) var unknownHint: String?

    /// Creates a verdict from its parts, each of which is described at its property.
    ///
    /// - Parameters:
    ///   - code: The outcome.
    ///   - position: The position of the last record that the verdict reflects; `nil` for an empty log.
    ///   - decidedAt: The time of the decision, in microseconds since 1970-01-01T00:00:00Z.
    ///   - key: The key that was presented, where there is one.
    ///   - missingScope: The first requested scope that the key does not have.
    ///   - isAddressUnknown: Whether the key was refused for its address while that address was not known.
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

    /// A key of the ledger, as the validation index knows it.
    public struct KnownKey: Equatable, Sendable {
        /// The id of the key.
        public let id: KeyID
        /// The account that the key belongs to.
        public let accountID: AccountID
        /// The number of the presented secret among the key's secrets, from 1.
        public let secretID: UInt32
        /// The SHA-256 digest under which the index holds the presented secret.
        public let digest: Digest32
        /// What the key may do to Keyledger itself.
        public let permissions: PermissionSet
        /// When the key expires; `nil` where it never does.
        public let expiresAt: Timestamp?
        /// The earlier of the key's expiry and the scheduled end of the presented secret; `Int64.max` microseconds where neither has one.
        public let endsAt: Timestamp
        /// Whether the secret was replaced and has ended, while the key itself was not revoked.
        public let isSecretRetired: Bool
        /// Whether the first accepted use of this secret ends older secrets of the key.
        public let retiresOlder: Bool
    }

    /// Whether the key is accepted.
    public var isValid: Bool { code == .valid }

    /// The key as far as the caller may know of it: `nil` where the verdict is `.notFound`, for instance because another
    /// environment was asked for.
    public var disclosedKey: KnownKey? { code == .notFound ? nil : key }

    /// One plain sentence for the caller that says what happened and what to do next. It holds neither the secret nor personal
    /// data.
    public var message: String {
        switch code {
        case .revoked where key?.isSecretRetired == true: "This key was replaced by a newer one of the same name; use the newest."
        case .expired:
            key?.expiresAt.map { "The key expired at \($0); create a new key and use that one." } ?? code.description.sentence
        case .ipNotAllowed where isAddressUnknown:
            "The key may be used from some addresses only, and from which one this call comes was not told; the service or gateway that asks"
                + " has to pass on its caller's address."
        case .insufficientScope:
            missingScope.map { "The key does not have the scope \($0); use a key that has it, or add it to this one." }
                ?? code.description.sentence
        default: code.description.sentence
        }
    }
}
