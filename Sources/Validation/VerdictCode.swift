public import KeyEvents

/// The outcome of a validation, in the order in which things are checked.
public enum VerdictCode: String, CaseIterable, Sendable {
    case valid = "VALID"
    case missing = "MISSING"
    case badHeader = "BAD_HEADER"
    case malformed = "MALFORMED"
    case notFound = "NOT_FOUND"
    case revoked = "REVOKED"
    case expired = "EXPIRED"
    case disabled = "DISABLED"
    case ipNotAllowed = "IP_NOT_ALLOWED"
    case insufficientScope = "INSUFFICIENT_SCOPE"

    /// How a refusal of a known key is recorded; `nil` where nothing is.
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
