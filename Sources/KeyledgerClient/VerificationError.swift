/// Why there is no verdict.
public struct VerificationError: Error, Sendable {
    /// What happened. Later versions may name more.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }

        /// Nothing listens there, or no connection came about in time. The question certainly did not arrive.
        public static let unreachable = Self(rawValue: "UNREACHABLE")
        /// No answer in time. The presentation may have been counted.
        public static let timedOut = Self(rawValue: "TIMED_OUT")
        /// The connection broke before the answer was complete. The presentation may have been counted.
        public static let interrupted = Self(rawValue: "INTERRUPTED")
        /// The ledger says that it cannot answer now.
        public static let unavailable = Self(rawValue: "UNAVAILABLE")
        /// The service's own key is not good, or lacks the permission `verify`.
        public static let serviceKeyRefused = Self(rawValue: "SERVICE_KEY_REFUSED")
        /// The ledger does not take the question: a scope that no key can have, for instance.
        public static let questionRefused = Self(rawValue: "QUESTION_REFUSED")
        /// What answers is not a ledger, or one that is not understood.
        public static let unintelligible = Self(rawValue: "UNINTELLIGIBLE")
        /// Whoever asked does not wait any more.
        public static let cancelled = Self(rawValue: "CANCELLED")
    }

    public let code: Code
    /// For the operator: what happened and what to mend. It holds no secret.
    public let message: String
    /// In seconds, where the ledger says when asking again may help.
    public let retryAfter: Int?
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, retryAfter: Int? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.retryAfter = retryAfter
        self.cause = cause
    }

    /// The ledger is away, which passes; otherwise something is set up wrongly, which does not.
    public var isOutage: Bool { [.unreachable, .timedOut, .interrupted, .unavailable].contains(code) }
}

extension VerificationError: CustomStringConvertible {
    public var description: String { code.rawValue + ": " + message + (cause.map { " (\($0))" } ?? "") }
}
