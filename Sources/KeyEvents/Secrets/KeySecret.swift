/// The state of one secret of a key, as the fold of the key's events.
public struct KeySecret: Equatable, Sendable {
    /// The stored data of the secret.
    public let record: SecretRecord
    /// The stamp of the record that added the secret.
    public let addedAt: Timestamp
    /// How the secret ends once a newer one has replaced it; `nil` where no newer one has, or where that has not limited it.
    public var retirement: SecretRetirement?
    /// The stamp of the record of the secret's end; `nil` where no end is recorded.
    public var retiredAt: Timestamp?

    /// Creates the state from its parts, each of which is described at its property.
    public init(record: SecretRecord, addedAt: Timestamp, retirement: SecretRetirement? = nil, retiredAt: Timestamp? = nil) {
        self.record = record
        self.addedAt = addedAt
        self.retirement = retirement
        self.retiredAt = retiredAt
    }

    /// The status of a secret at a time: in force, in force until a known end, or ended. The raw values are part of documents.
    public enum Status: String, Sendable {
        case active, retiring, retired
    }

    /// Returns the status at a time. An end that has passed counts whether or not it is recorded.
    ///
    /// - Parameter now: The time.
    /// - Returns: The status of the secret.
    public func status(at now: Timestamp) -> Status {
        if retiredAt != nil || isDue(at: now) { return .retired }
        return retirement == nil ? .active : .retiring
    }

    /// Returns whether the secret is in force at a time.
    ///
    /// - Parameter now: The time.
    /// - Returns: `true` unless the secret has ended by then.
    public func isLive(at now: Timestamp) -> Bool { status(at: now) != .retired }

    /// Whether the secret ends with the first accepted use of a newer one.
    var isWaiting: Bool { retiredAt == nil && retirement?.comesWithUse ?? false }

    /// Returns whether the end of the secret has passed and is not recorded.
    func isDue(at now: Timestamp) -> Bool {
        guard retiredAt == nil, let date = retirement?.date else { return false }
        return date <= now
    }
}

/// How a secret ends that a newer one replaces.
public enum SecretRetirement: Equatable, Sendable {
    /// The secret ends at this time.
    case at(Timestamp)
    /// The secret ends with the first accepted use of a newer one.
    case whenNewerIsUsed
    /// The secret ends with the first accepted use of a newer one, and at this time at the latest. Readers of the log must know
    /// this rule; see `LogFeature.earlierEnd`.
    case whenNewerIsUsedOrAt(Timestamp)

    /// Creates the end from the fields of a message. The result is `nil` where neither a time nor a use ends the secret.
    ///
    /// - Parameters:
    ///   - date: The time at which the secret ends at the latest; `nil` where there is none.
    ///   - whenNewerIsUsed: Whether the first accepted use of a newer secret ends it.
    public init?(at date: Timestamp?, whenNewerIsUsed: Bool) {
        switch (date, whenNewerIsUsed) {
        case (let date?, true): self = .whenNewerIsUsedOrAt(date)
        case (let date?, false): self = .at(date)
        case (nil, true): self = .whenNewerIsUsed
        case (nil, false): return nil
        }
    }

    /// The time at which the secret ends at the latest; `nil` where there is none.
    public var date: Timestamp? {
        switch self {
        case .at(let date), .whenNewerIsUsedOrAt(let date): date
        case .whenNewerIsUsed: nil
        }
    }

    /// Whether the first accepted use of a newer secret ends this one.
    public var comesWithUse: Bool {
        switch self {
        case .at: false
        case .whenNewerIsUsed, .whenNewerIsUsedOrAt: true
        }
    }

    /// Returns the earlier of this end and another: the earlier of their times, and with a use where either comes with one.
    ///
    /// - Parameter other: The other end.
    /// - Returns: The end that comes first.
    public func orEarlier(_ other: SecretRetirement) -> SecretRetirement {
        let dates = [date, other.date].compactMap(\.self)
        return SecretRetirement(at: dates.min(), whenNewerIsUsed: comesWithUse || other.comesWithUse) ?? self
    }
}
