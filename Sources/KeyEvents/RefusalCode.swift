/// The reason for which a known key was refused, as it is counted and recorded. The raw value is the number on disk and on the
/// wire (`RefusalCode` in `events.proto`).
public enum RefusalCode: UInt8, CaseIterable, Comparable, Sendable {
    case notFound = 1
    case revoked = 2
    case expired = 3
    case disabled = 4
    case ipNotAllowed = 5
    case insufficientScope = 6
    case rateLimited = 7
    case quotaExceeded = 8
    /// The key was valid, but lacks the permission for what it called Keyledger for.
    case permissionDenied = 9

    /// The name that people and programs are shown.
    public var name: String {
        switch self {
        case .notFound: "NOT_FOUND"
        case .revoked: "REVOKED"
        case .expired: "EXPIRED"
        case .disabled: "DISABLED"
        case .ipNotAllowed: "IP_NOT_ALLOWED"
        case .insufficientScope: "INSUFFICIENT_SCOPE"
        case .rateLimited: "RATE_LIMITED"
        case .quotaExceeded: "QUOTA_EXCEEDED"
        case .permissionDenied: "PERMISSION_DENIED"
        }
    }

    /// Orders codes by their numbers.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
