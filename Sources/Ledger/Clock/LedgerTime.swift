public import KeyEvents

/// What confirming the clock did.
public struct ClockReport: Sendable {
    public let confirmation: ClockConfirmation
    /// Of the record that says so.
    public let position: UInt64
    /// Until when records keep the newest stamp there is, which is of a clock that was ahead; `nil`: they do not.
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
    /// The ledger's time: the later of the clock and the newest record, and while the clock is doubted, what it should say.
    public var now: Timestamp { ledger.watch.now }

    /// Microseconds from some instant on, for measuring; never set, never back.
    public var monotonicMicroseconds: Int64 { ledger.options.clock.monotonicMicroseconds() }

    /// Why the clock is not believed, and nothing decided by it; `nil`: it is.
    public var clockProblem: LedgerError? { ledger.watch.problem }

    /// What the wall clock says, believed or not.
    public var wallClock: Timestamp { ledger.options.clock.now() }

    /// An operator says that the clock is right: it is believed from now on, by all processes on this host, and the log says so.
    ///
    /// - Returns: `nil` where the clock is believed already; then nothing is recorded.
    /// - Throws: `LedgerError.clockInDoubt` for a clock of a time before there was a Keyledger, which nobody can confirm.
    public func confirmClock(by caller: Caller = .commandLine) async throws -> ClockReport? {
        // The log is asked too: another process may have stamped it by another clock.
        try await ledger.flush()
        guard ledger.watch.problem != nil else { return nil }
        return try await unsafe withUnsafeThrowingContinuation { continuation in
            ledger.writer.enqueue(unsafe ClockJob(ledger.watch, ledger.reader, by: caller, ledger.vault, continuation))
        }
    }
}
