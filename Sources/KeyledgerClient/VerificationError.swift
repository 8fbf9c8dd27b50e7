/// The error of a `KeyVerifier`: there is no verdict on the key, neither good nor bad.
public struct VerificationError: Error, Sendable {
    /// The kind of failure. Later versions may add codes.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The code as text, such as `TIMED_OUT`.
        public let rawValue: String

        /// Creates a code from its text.
        ///
        /// - Parameter rawValue: The code as text.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Nothing listens at the ledger's address, or no connection was established in time. The request was certainly not
        /// received.
        public static let unreachable = Self(rawValue: "UNREACHABLE")
        /// The ledger did not answer in time. The use may have been counted.
        public static let timedOut = Self(rawValue: "TIMED_OUT")
        /// The connection broke before the answer was complete. The use may have been counted.
        public static let interrupted = Self(rawValue: "INTERRUPTED")
        /// The ledger reports that it cannot answer at present.
        public static let unavailable = Self(rawValue: "UNAVAILABLE")
        /// The service's own key is not good, or lacks the permission `verify`.
        public static let serviceKeyRefused = Self(rawValue: "SERVICE_KEY_REFUSED")
        /// The ledger rejects the request itself: it names a scope that no key can have, for instance.
        public static let questionRefused = Self(rawValue: "QUESTION_REFUSED")
        /// The answer does not come from a ledger, or cannot be understood.
        public static let protocolError = Self(rawValue: "UNINTELLIGIBLE")
        /// The calling task was cancelled.
        public static let cancelled = Self(rawValue: "CANCELLED")
    }

    /// The kind of failure.
    public let code: Code
    /// A sentence for the operator: what happened and what to correct. It holds no secret.
    public let message: String
    /// The time after which another attempt may succeed; `nil` when the ledger does not say.
    public let retryAfter: Duration?
    /// The underlying error, where there is one.
    public let cause: (any Error)?

    /// Creates an error.
    ///
    /// - Parameters:
    ///   - code: The kind of failure.
    ///   - message: A sentence for the operator, without a secret.
    ///   - retryAfter: The time after which another attempt may succeed; `nil` when that is unknown.
    ///   - cause: The underlying error.
    public init(_ code: Code, _ message: String, retryAfter: Duration? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.cause = cause
    }

    /// Whether the ledger is temporarily unavailable. Otherwise the request was cancelled, or something is configured wrongly,
    /// which waiting does not repair.
    public var isOutage: Bool { [.unreachable, .timedOut, .interrupted, .unavailable].contains(code) }
}

extension VerificationError: CustomStringConvertible {
    /// The code, the message and the cause, in one line.
    public var description: String { code.rawValue + ": " + message + (cause.map { " (\($0))" } ?? "") }
}
