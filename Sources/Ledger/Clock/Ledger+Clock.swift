public import KeyEvents

/// What confirming the clock did.
public struct ClockReport: Sendable {
    public let confirmation: ClockConfirmation
    /// Of the record that says so.
    public let position: UInt64
    /// Until when records keep the newest stamp there is, which is of a clock that was ahead; `nil`: they do not.
    public let stampsUntil: Timestamp?
}

extension Ledger {
    /// Why the clock is not believed, and nothing decided by it; `nil`: it is.
    public var clockProblem: LedgerError? { watch.problem }

    /// What the wall clock says, believed or not.
    public var wallClock: Timestamp { options.clock.now() }

    /// An operator says that the clock is right: it is believed from now on, by all processes on this host, and the log says so.
    ///
    /// - Returns: `nil` where the clock is believed already; then nothing is recorded.
    /// - Throws: `LedgerError.clockInDoubt` for a clock of a time before there was a Keyledger, which nobody can confirm.
    public func confirmClock(by caller: Caller = .commandLine) async throws -> ClockReport? {
        // The log is asked too: another process may have stamped it by another clock.
        try await flush()
        guard watch.problem != nil else { return nil }
        return try await withCheckedThrowingContinuation { continuation in
            writer.enqueue(ClockJob(watch, reader, by: caller, vault, continuation))
        }
    }
}
