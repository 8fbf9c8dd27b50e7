/// The answer to "is this key good, for this call, now?". A refused key is an answer, not an error.
public struct KeyVerdict: Equatable, Sendable {
    /// Why. Ledgers of later versions may answer codes that are not named here.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        public static let valid = Self(rawValue: "VALID")
        public static let missing = Self(rawValue: "MISSING")
        public static let badHeader = Self(rawValue: "BAD_HEADER")
        public static let malformed = Self(rawValue: "MALFORMED")
        public static let notFound = Self(rawValue: "NOT_FOUND")
        public static let revoked = Self(rawValue: "REVOKED")
        public static let expired = Self(rawValue: "EXPIRED")
        public static let disabled = Self(rawValue: "DISABLED")
        public static let ipNotAllowed = Self(rawValue: "IP_NOT_ALLOWED")
        public static let insufficientScope = Self(rawValue: "INSUFFICIENT_SCOPE")
        public static let rateLimited = Self(rawValue: "RATE_LIMITED")
        public static let quotaExceeded = Self(rawValue: "QUOTA_EXCEEDED")
    }

    public let isValid: Bool
    public let code: Code
    /// One plain sentence that says what to do next. It holds no secret.
    public let message: String
    /// The position of the log that the answer reflects; `nil` while the log is empty.
    public let position: UInt64?
    /// Of a key that the asking service may know of; always there when the key is valid.
    public let key: KeyIdentity?
    /// In seconds, where the ledger says when asking again may help.
    public let retryAfter: Int?

    /// The key is good.
    public static func valid(_ key: KeyIdentity, message: String = "The key is valid.", position: UInt64? = nil) -> KeyVerdict {
        KeyVerdict(isValid: true, code: .valid, message: message, position: position, key: key, retryAfter: nil)
    }

    /// The key is not good.
    public static func refused(
        _ code: Code, message: String, position: UInt64? = nil, key: KeyIdentity? = nil, retryAfter: Int? = nil
    ) -> KeyVerdict {
        KeyVerdict(isValid: false, code: code, message: message, position: position, key: key, retryAfter: retryAfter)
    }
}
