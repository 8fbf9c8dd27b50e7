internal import FoundationEssentials

/// A verdict as the ledger answers it. Fields that later versions add are passed over.
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

    struct Contradiction: Error {}

    /// Throws where a valid key is said to be, but not which.
    var verdict: KeyVerdict {
        get throws {
            let key = try identity
            if valid, key == nil { throw Contradiction() }
            return KeyVerdict(
                isValid: valid, code: .init(rawValue: code), message: message, position: position, key: key, retryAfter: retryAfter)
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

    /// Of RFC 3339 in UTC, with a fraction of a second or without.
    private static func date(_ text: String) throws -> Date {
        try Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains(".")))
    }
}
