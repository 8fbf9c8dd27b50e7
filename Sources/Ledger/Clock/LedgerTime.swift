public import KeyEvents

/// The result of confirming the clock.
public struct ClockReport: Sendable {
    /// The confirmation as it was recorded.
    public let confirmation: ClockConfirmation
    /// The position of the record.
    public let position: UInt64
    /// The time until which new records keep the newest stamp in the log, which came from a clock that was ahead; `nil` where they
    /// follow the clock.
    public let stampsUntil: Timestamp?
}
/// The time that the ledger decides by, and whether its clock is believed.
public struct LedgerTime: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// The time that the ledger decides by.
    public var time: LedgerTime { LedgerTime(self) }
}

extension LedgerTime {
    /// The ledger's time: the later of the clock and the newest record; while the clock is in doubt, the time that it should show.
    public var now: Timestamp { ledger.watch.now }

    /// The reading of the monotonic clock, for measuring; it is never set, and never goes back.
    public var monotonic: MonotonicInstant { ledger.options.clock.monotonic() }

    /// Why the clock is in doubt, so that nothing is decided by it; `nil` where it is trusted.
    public var clockProblem: LedgerError? { ledger.watch.problem }

    /// The wall clock's time, trusted or not.
    public var wallClock: Timestamp { ledger.options.clock.now() }

    /// Confirms the clock on behalf of an operator: all processes on this host trust it from now on, and the log records it.
    ///
    /// - Parameter caller: who confirms the clock.
    /// - Returns: what was recorded; `nil` where the clock is trusted already, and then nothing is recorded.
    /// - Throws: `LedgerError.clockInDoubt` for a clock that shows a time before Keyledger existed, which nobody can confirm; the
    ///   errors of appending to the log.
    public func confirmClock(by caller: Caller = .commandLine) async throws -> ClockReport? {
        // Another process may have stamped the log by another clock, which the flush finds out.
        try await ledger.flush()
        guard ledger.watch.problem != nil else { return nil }
        return try await withCheckedThrowingContinuation { continuation in
            ledger.writer.enqueue(ClockJob(ledger.watch, ledger.reader, by: caller, ledger.vault, continuation))
        }
    }
}
