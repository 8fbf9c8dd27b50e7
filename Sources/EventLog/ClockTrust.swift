public import KeyEvents

/// How far the reading of the clock may be relied on.
public enum ClockTrust: Comparable, Sendable {
    /// The clock is off from what is expected by more than `RecordTime.tolerance`, so nothing is decided by it.
    case doubted
    /// Nothing speaks against the clock, and too little for it: verdicts follow it, and decisions that are final wait.
    case unsettled
    /// The clock is relied on for everything.
    case settled
}

/// The one reading of the clock that a transaction at the head of the log goes by.
public struct BatchTime: Sendable {
    /// The times of the events that the transaction records.
    public let time: RecordTime
    /// How far the clock may be relied on.
    public let trust: ClockTrust

    /// Creates a reading.
    public init(_ time: RecordTime, _ trust: ClockTrust = .settled) {
        self.time = time
        self.trust = trust
    }
}
