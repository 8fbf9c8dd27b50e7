public import KeyEvents

/// Which keys of a list are asked for.
public struct KeyFilter: Equatable, Sendable {
    public var status: KeyState.Status?
    public var environment: String?
    /// Keys that end by themselves before this time. Those that have ended are left out, unless `status` asks for them.
    public var expiresBefore: Timestamp?

    public init(status: KeyState.Status? = nil, environment: String? = nil, expiresBefore: Timestamp? = nil) {
        self.status = status
        self.environment = environment
        self.expiresBefore = expiresBefore
    }

    public var passesAll: Bool { self == KeyFilter() }

    /// `now`: by which the key's status is told.
    public func passes(_ key: KeyState, at now: Timestamp) -> Bool {
        let keyStatus = key.status(at: now)
        if let status, keyStatus != status { return false }
        if let environment, !PlainText.areIdentical(key.environment, environment) { return false }
        guard let expiresBefore else { return true }
        let hasEnded = keyStatus == .revoked || keyStatus == .expired
        return (key.expiresAt.map { $0 < expiresBefore } ?? false) && (!hasEnded || status != nil)
    }
}
