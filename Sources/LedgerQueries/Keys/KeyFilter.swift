public import KeyEvents

/// Selects keys of a list; a key passes where everything that is set holds.
public struct KeyFilter: Equatable, Sendable {
    /// The status of the keys.
    public var status: KeyState.Status?
    /// The environment of the keys.
    public var environment: String?
    /// The time before which the keys end by themselves. Keys that have ended are left out, unless `status` selects them.
    public var expiresBefore: Timestamp?

    /// Makes a filter; what is not given passes every key.
    ///
    /// - Parameters:
    ///   - status: the status of the keys.
    ///   - environment: the environment of the keys.
    ///   - expiresBefore: the time before which the keys end by themselves.
    public init(status: KeyState.Status? = nil, environment: String? = nil, expiresBefore: Timestamp? = nil) {
        self.status = status
        self.environment = environment
        self.expiresBefore = expiresBefore
    }

    /// Whether the filter passes every key.
    public var passesAll: Bool { self == KeyFilter() }

    /// Tells whether a key passes.
    ///
    /// - Parameters:
    ///   - key: the key's state.
    ///   - now: the time at which the key's status counts.
    /// - Returns: whether it passes.
    public func passes(_ key: KeyState, at now: Timestamp) -> Bool {
        let keyStatus = key.status(at: now)
        if let status, keyStatus != status { return false }
        if let environment, !PlainText.areIdentical(key.environment, environment) { return false }
        guard let expiresBefore else { return true }
        let hasEnded = keyStatus == .revoked || keyStatus == .expired
        return (key.expiresAt.map { $0 < expiresBefore } ?? false) && (!hasEnded || status != nil)
    }
}
