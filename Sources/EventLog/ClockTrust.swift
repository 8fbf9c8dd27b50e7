public import KeyEvents

/// How far what the clock says may be relied on.
public enum ClockTrust: Comparable, Sendable {
    /// It is off from what is expected by more than `RecordTime.tolerance`: nothing is decided by it.
    case doubted
    /// Nothing speaks against it, and too little for it: verdicts follow it, and what is final waits.
    case unsettled
    case settled
}

/// The one reading of the clock that a turn at the head of the log goes by.
public struct TurnTime: Sendable {
    public let time: RecordTime
    public let trust: ClockTrust

    public init(_ time: RecordTime, _ trust: ClockTrust = .settled) {
        self.time = time
        self.trust = trust
    }
}
