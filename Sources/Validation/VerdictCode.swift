public import KeyEvents

/// The outcome of a validation, in the order in which the rules are applied. The raw values are part of the HTTP API.
public enum VerdictCode: String, CaseIterable, Sendable {
    /// The key may do what was asked.
    case valid = "VALID"
    /// No key was sent.
    case missing = "MISSING"
    /// The headers hold several keys, or none that can be read.
    case badHeader = "BAD_HEADER"
    /// The text cannot be a key of this ledger: its prefix, its shape or its checksum is wrong.
    case malformed = "MALFORMED"
    /// No such key exists in the environment and among the accounts that the caller asks about.
    case notFound = "NOT_FOUND"
    /// The key was revoked, or its presented secret was replaced and has ended.
    case revoked = "REVOKED"
    /// The key has expired, whether or not that is recorded yet.
    case expired = "EXPIRED"
    /// The key is disabled and can be enabled again.
    case disabled = "DISABLED"
    /// The key has an IP allowlist that does not hold the caller's address.
    case ipNotAllowed = "IP_NOT_ALLOWED"
    /// The key lacks a scope that the call needs.
    case insufficientScope = "INSUFFICIENT_SCOPE"

    /// The code with which a refusal of a known key is recorded; `nil` where nothing is recorded.
    public var refusal: RefusalCode? {
        switch self {
        case .valid, .missing, .badHeader, .malformed: nil
        case .notFound: .notFound
        case .revoked: .revoked
        case .expired: .expired
        case .disabled: .disabled
        case .ipNotAllowed: .ipNotAllowed
        case .insufficientScope: .insufficientScope
        }
    }
}
