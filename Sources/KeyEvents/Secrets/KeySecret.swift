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
    var isWaiting: Bool { retiredAt == nil && retirement?.comesWithUse ?? false }

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
    /// With the first accepted use of a newer one, and at this time at the latest. Readers must know it: `LogFeature.earlierEnd`.
    case whenNewerIsUsedOrAt(Timestamp)

    /// `nil` where neither a time nor a use ends the secret.
    public init?(at date: Timestamp?, whenNewerIsUsed: Bool) {
        switch (date, whenNewerIsUsed) {
        case (let date?, true): self = .whenNewerIsUsedOrAt(date)
        case (let date?, false): self = .at(date)
        case (nil, true): self = .whenNewerIsUsed
        case (nil, false): return nil
        }
    }

    /// At the latest.
    public var date: Timestamp? {
        switch self {
        case .at(let date), .whenNewerIsUsedOrAt(let date): date
        case .whenNewerIsUsed: nil
        }
    }

    /// Whether the first accepted use of a newer secret is the end.
    public var comesWithUse: Bool {
        switch self {
        case .at: false
        case .whenNewerIsUsed, .whenNewerIsUsedOrAt: true
        }
    }

    /// The end that comes first, of this one and another.
    public func orEarlier(_ other: SecretRetirement) -> SecretRetirement {
        let dates = [date, other.date].compactMap(\.self)
        return SecretRetirement(at: dates.min(), whenNewerIsUsed: comesWithUse || other.comesWithUse) ?? self
    }
}
