/// The times of one record: the stamp that it bears, and the time by which its content was decided.
///
/// Time in the log never goes back. What is decided at the head of the log is decided by the later of the clock and the newest
/// record, so what has expired stays expired. The exception is a clock that is behind the log by more than `tolerance`: then the
/// log was stamped by a clock that was wrong, and an operator has confirmed (`ClockConfirmation`) that the present one is right.
/// From then on records keep the newest stamp, say in `occurred_at` when they happened, and are decided by that.
public struct RecordTime: Hashable, Sendable {
    /// The stamp of the record, its field `recorded_at`.
    public let recordedAt: Timestamp
    /// The reading of the clock where it was before the stamp, the record's field `occurred_at`; `nil` where it was not.
    public let occurredAt: Timestamp?

    /// How far a clock may be behind the newest record, or off from what the monotonic clock makes of it, before it is in doubt.
    /// Clocks that are synchronised over the network are within a second of each other, and clocks
    /// that are set by hand within minutes.
    public static let tolerance = Duration.seconds(300)

    /// Creates the times that a record states.
    ///
    /// - Parameters:
    ///   - recordedAt: The stamp of the record.
    ///   - occurredAt: The time at which it happened; `nil` where that is the stamp.
    public init(recordedAt: Timestamp, occurredAt: Timestamp? = nil) {
        self.recordedAt = recordedAt
        self.occurredAt = occurredAt
    }

    /// Creates the times of an event that is decided and recorded now.
    ///
    /// - Parameters:
    ///   - clock: The reading of the wall clock.
    ///   - newest: The times of the newest record; `nil` in an empty log.
    public init(clock: Timestamp, after newest: RecordTime?) {
        guard let newest, clock < newest.recordedAt else {
            self.init(recordedAt: clock)
            return
        }
        let isNear = newest.recordedAt - clock <= Self.tolerance
        let occurredAt = isNear ? clock : max(clock, newest.decidedAt)
        self.init(recordedAt: newest.recordedAt, occurredAt: occurredAt < newest.recordedAt ? occurredAt : nil)
    }

    /// Creates the times of the record by which an operator confirms the clock. From this record on the clock is followed, even
    /// backwards.
    ///
    /// - Parameters:
    ///   - clock: The confirmed reading of the wall clock.
    ///   - newest: The times of the newest record; `nil` in an empty log.
    public init(confirmed clock: Timestamp, after newest: RecordTime?) {
        let stamp = max(clock, newest?.recordedAt ?? clock)
        self.init(recordedAt: stamp, occurredAt: clock < stamp ? clock : nil)
    }

    /// The time by which the content of the record was decided: its stamp, or the time at which it happened where the stamp is of
    /// a clock that was wrong.
    public var decidedAt: Timestamp {
        guard let occurredAt, recordedAt - occurredAt > Self.tolerance else {
            return recordedAt
        }
        return occurredAt
    }
}

/// An operator's statement that the clock is right although it is far from what was expected. From this record on the ledger
/// follows that clock.
public struct ClockConfirmation: Hashable, Sendable {
    /// The reading of the wall clock.
    public var clock: Timestamp
    /// The reading that was expected instead, from the newest record and the time that has passed since.
    public var expected: Timestamp

    /// Creates a confirmation.
    ///
    /// - Parameters:
    ///   - clock: The reading of the wall clock.
    ///   - expected: The reading that was expected instead.
    public init(clock: Timestamp, expected: Timestamp) {
        self.clock = clock
        self.expected = expected
    }
}
