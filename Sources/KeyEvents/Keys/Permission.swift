/// What a key may do *to Keyledger*. Not a scope: no wildcard matches it, and the host product's API knows nothing of it.
public enum Permission: String, CaseIterable, Comparable, Sendable {
    /// Ask for verdicts on keys.
    case verify
    /// See keys and their usage.
    case keysRead = "keys.read"
    /// Create, change and revoke keys.
    case keysWrite = "keys.write"
    /// Read the log, which holds the ids and digests of all accounts.
    case logRead = "log.read"
    /// All of the above, and granting any permission.
    case admin

    /// Reach beyond one account; only an operator key or the local command line grants them.
    public var isOperatorOnly: Bool { self == .admin || self == .verify || self == .logRead }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
