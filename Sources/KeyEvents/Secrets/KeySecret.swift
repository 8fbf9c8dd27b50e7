/// A secret of a key, as the fold of the key's events.
public struct KeySecret: Equatable, Sendable {
    public let record: SecretRecord
    public let addedAt: Timestamp
    /// How its end comes, where a newer one takes its place.
    public var retirement: SecretRetirement?
    /// When its end was recorded.
    public var retiredAt: Timestamp?

    public init(record: SecretRecord, addedAt: Timestamp, retirement: SecretRetirement? = nil, retiredAt: Timestamp? = nil) {
        self.record = record
        self.addedAt = addedAt
        self.retirement = retirement
        self.retiredAt = retiredAt
    }

    public enum Status: String, Sendable {
        case active, retiring, retired
    }

    /// An end that has passed counts whether or not it was recorded.
    public func status(at now: Timestamp) -> Status {
        if retiredAt != nil || isDue(at: now) { return .retired }
        return retirement == nil ? .active : .retiring
    }

    public func isLive(at now: Timestamp) -> Bool { status(at: now) != .retired }

    /// For the first accepted use of a newer one.
    var isWaiting: Bool { retiredAt == nil && retirement == .whenNewerIsUsed }

    /// Its end has passed and is not recorded.
    func isDue(at now: Timestamp) -> Bool {
        guard retiredAt == nil, let date = retirement?.date else { return false }
        return date <= now
    }
}

/// How the end of a secret comes that a newer one replaces.
public enum SecretRetirement: Equatable, Sendable {
    case at(Timestamp)
    /// With the first accepted use of a newer one.
    case whenNewerIsUsed

    public var date: Timestamp? { if case .at(let date) = self { date } else { nil } }
}
