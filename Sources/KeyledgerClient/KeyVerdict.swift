/// The answer to "is this key good, for this call, now?". A refused key is a verdict like any other, not an error.
public struct KeyVerdict: Equatable, Sendable {
    /// The reason for a verdict, as the ledger spells it. Later versions of the ledger may use codes that have no constant
    /// here: treat them as refusals and rely on `isValid`.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The code as the ledger sends it, such as `NOT_FOUND`.
        public let rawValue: String

        /// Creates a code from its text.
        ///
        /// - Parameter rawValue: The code as the ledger sends it.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The key is good for this call.
        public static let valid = Self(rawValue: "VALID")
        /// No key was sent.
        public static let missing = Self(rawValue: "MISSING")
        /// The key was not sent in the way it must be sent, for instance twice or in the address.
        public static let badHeader = Self(rawValue: "BAD_HEADER")
        /// The text is not a complete key: its form or its checksum is wrong.
        public static let malformed = Self(rawValue: "MALFORMED")
        /// The ledger knows no such key, or the key belongs to another environment than the one asked for.
        public static let notFound = Self(rawValue: "NOT_FOUND")
        /// The key was revoked.
        public static let revoked = Self(rawValue: "REVOKED")
        /// The key has reached its expiry time.
        public static let expired = Self(rawValue: "EXPIRED")
        /// The key is disabled and can be enabled again.
        public static let disabled = Self(rawValue: "DISABLED")
        /// The key may not be used from the client's address.
        public static let ipNotAllowed = Self(rawValue: "IP_NOT_ALLOWED")
        /// The key lacks a scope that the call needs.
        public static let insufficientScope = Self(rawValue: "INSUFFICIENT_SCOPE")
        /// The key was used too often within a short time.
        public static let rateLimited = Self(rawValue: "RATE_LIMITED")
        /// The quota of the key is used up.
        public static let quotaExceeded = Self(rawValue: "QUOTA_EXCEEDED")
    }

    /// Whether the call may go ahead.
    public let isValid: Bool
    /// The reason for the verdict.
    public let code: Code
    /// One plain sentence that says what to do next. It holds no secret.
    public let message: String
    /// The position of the log that the verdict reflects; `nil` while the log is empty.
    public let position: UInt64?
    /// The key that the verdict is about; `nil` when the service may not learn about it. It is never `nil` when the key is
    /// valid.
    public let key: KeyIdentity?
    /// The time after which another attempt may succeed; `nil` when the ledger does not say.
    public let retryAfter: Duration?

    /// Creates the verdict that a key is good.
    ///
    /// - Parameters:
    ///   - key: The key that was verified.
    ///   - message: One plain sentence, without a secret.
    ///   - position: The position of the log that the verdict reflects.
    /// - Returns: A verdict with `isValid` set and the code `valid`.
    public static func valid(_ key: KeyIdentity, message: String = "The key is valid.", position: UInt64? = nil) -> KeyVerdict {
        KeyVerdict(isValid: true, code: .valid, message: message, position: position, key: key, retryAfter: nil)
    }

    /// Creates the verdict that a key is refused.
    ///
    /// - Parameters:
    ///   - code: The reason for the refusal.
    ///   - message: One plain sentence that says what to do next, without a secret.
    ///   - position: The position of the log that the verdict reflects.
    ///   - key: The key, when the service may learn about it.
    ///   - retryAfter: The time after which another attempt may succeed; `nil` when that is unknown.
    /// - Returns: A verdict with `isValid` cleared.
    public static func refused(
        _ code: Code, message: String, position: UInt64? = nil, key: KeyIdentity? = nil, retryAfter: Duration? = nil
    ) -> KeyVerdict {
        KeyVerdict(isValid: false, code: code, message: message, position: position, key: key, retryAfter: retryAfter)
    }
}
