internal import FoundationEssentials

/// A verdict as the ledger sends it. Fields that later versions add are ignored.
struct VerdictDocument: Decodable {
    private let valid: Bool
    private let code: String
    private let message: String
    private let position: UInt64?
    private let keyId: String?
    private let accountId: String?
    private let name: String?
    private let scopes: [String]?
    private let environment: String?
    private let expiresAt: String?
    private let metadata: [String: String]?
    private let retryAfter: Int?

    /// The error of `verdict`: the ledger says that a key is valid, but not which key.
    struct Contradiction: Error {}

    /// The verdict that the document describes. Throws when the document calls a key valid without naming it, or when a time is
    /// malformed.
    var verdict: KeyVerdict {
        get throws {
            let key = try identity
            if valid, key == nil { throw Contradiction() }
            return KeyVerdict(
                isValid: valid, code: .init(rawValue: code), message: message, position: position, key: key,
                retryAfter: retryAfter.map { .seconds($0) })
        }
    }

    private var identity: KeyIdentity? {
        get throws {
            guard let keyId, let accountId else { return nil }
            return KeyIdentity(
                id: keyId, accountID: accountId, name: name, scopes: scopes ?? [], environment: environment ?? "",
                expiresAt: try expiresAt.map(Self.date), metadata: metadata ?? [:])
        }
    }

    /// Parses a time of RFC 3339 in UTC, with or without a fraction of a second.
    private static func date(_ text: String) throws -> Date {
        try Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains(".")))
    }
}
