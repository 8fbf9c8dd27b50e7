/// The times that go with one record: which one it bears, and by which one what it says was decided.
///
/// Time in the log never goes back: what is decided at its head is decided by the later of the clock and the newest record, and so what has
/// expired stays expired. Only a clock that is behind the log by more than `tolerance` is not followed by the log: then the log was
/// stamped by a clock that was wrong, and an operator has confirmed (`ClockConfirmation`) that this one is right. From there on records
/// keep the newest stamp, say in `occurred_at` when they happened, and are decided by that.
public struct RecordTime: Hashable, Sendable {
    /// The stamp: `recorded_at`.
    public let recordedAt: Timestamp
    /// `occurred_at`: what the clock said, where that is before the stamp.
    public let occurredAt: Timestamp?

    /// How far a clock may be behind the newest record, or off from what the monotonic clock makes of it, before it is not believed: five
    /// minutes, in microseconds. Clocks that are kept by the network are within a second of each other; whoever sets one by hand is within
    /// minutes.
    public static let tolerance: Int64 = 300_000_000

    /// As a record says.
    public init(recordedAt: Timestamp, occurredAt: Timestamp? = nil) {
        self.recordedAt = recordedAt
        self.occurredAt = occurredAt
    }

    /// Of what is decided and recorded now.
    ///
    /// - Parameters:
    ///   - clock: What the clock says.
    ///   - newest: The times of the newest record; `nil` in an empty log.
    public init(clock: Timestamp, after newest: RecordTime?) {
        guard let newest, clock < newest.recordedAt else {
            self.init(recordedAt: clock)
            return
        }
        let isNear = newest.recordedAt.microseconds.saturatingSubtracting(clock.microseconds) <= Self.tolerance
        let occurredAt = isNear ? clock : max(clock, newest.decidedAt)
        self.init(recordedAt: newest.recordedAt, occurredAt: occurredAt < newest.recordedAt ? occurredAt : nil)
    }

    /// Of the record by which an operator confirms the clock: from here on it is followed, even back.
    public init(confirmed clock: Timestamp, after newest: RecordTime?) {
        let stamp = max(clock, newest?.recordedAt ?? clock)
        self.init(recordedAt: stamp, occurredAt: clock < stamp ? clock : nil)
    }

    /// By which what the record says was decided: its stamp, or, where that is of a clock that was wrong, when it happened.
    public var decidedAt: Timestamp {
        guard let occurredAt, recordedAt.microseconds.saturatingSubtracting(occurredAt.microseconds) > Self.tolerance else {
            return recordedAt
        }
        return occurredAt
    }
}

/// An operator has said that the clock is right, although it is far from what was expected: from this record on the ledger goes by it.
public struct ClockConfirmation: Hashable, Sendable {
    /// What the clock says.
    public var clock: Timestamp
    /// What was expected instead: by the newest record, and the time that has passed since.
    public var expected: Timestamp

    public init(clock: Timestamp, expected: Timestamp) {
        self.clock = clock
        self.expected = expected
    }
}
