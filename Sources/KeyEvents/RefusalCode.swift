/// Why a known key was refused, as counted and recorded. The raw value is the number on disk and on the wire.
public enum RefusalCode: UInt8, CaseIterable, Comparable, Sendable {
    case notFound = 1
    case revoked = 2
    case expired = 3
    case disabled = 4
    case ipNotAllowed = 5
    case insufficientScope = 6
    case rateLimited = 7
    case quotaExceeded = 8
    /// The key was good, and must not do to Keyledger what it called it for.
    case permissionDenied = 9

    /// As shown to people and programs.
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

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
