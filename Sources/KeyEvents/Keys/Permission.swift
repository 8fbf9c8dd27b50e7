/// A permission of a key *for Keyledger itself*. It is not a scope: no wildcard matches it, and the host product's API does not
/// know it.
public enum Permission: String, CaseIterable, Comparable, Sendable {
    /// The key may ask for verdicts on keys.
    case verify
    /// The key may see keys and their usage.
    case keysRead = "keys.read"
    /// The key may create, change and revoke keys.
    case keysWrite = "keys.write"
    /// The key may read the log, which holds the ids and digests of all accounts.
    case logRead = "log.read"
    /// The key has all other permissions, and may grant any permission.
    case admin

    /// Whether the permission reaches beyond one account. Only an operator's key or the local command line grants such
    /// permissions.
    public var isOperatorOnly: Bool { self == .admin || self == .verify || self == .logRead }

    /// Orders permissions by their names.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}
