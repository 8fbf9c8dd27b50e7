public import EventLog
internal import KeyEvents
internal import Storage

/// The log itself: its records as they stand, its head, what is signed of it, and its key.
public struct LedgerLog: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// The log itself: its records, its head, what is signed of it, and its key.
    public var log: LedgerLog { LedgerLog(self) }
}

extension LedgerLog {
    /// Reads records and the tree over them.
    public var reader: LogReader { ledger.reader }

    /// Notifies callers that wait for the next record.
    public var appendNotifier: AppendNotifier { ledger.appendNotifier }

    /// Reads the position of the last record.
    ///
    /// - Returns: the position; `nil` for an empty log.
    /// - Throws: the errors of reading the log.
    public func lastPosition() throws -> UInt64? {
        let next = try ledger.environment.read { try ledger.reader.next($0) }
        return next == 0 ? nil : next - 1
    }

    /// Waits until the log has grown beyond a position, whichever process appends.
    ///
    /// - Parameter known: the position after the last record that the caller knows.
    /// - Returns: the position after the last record, as soon as it is greater than `known`.
    /// - Throws: `CancellationError` where the task is cancelled; `LedgerError.replaced` where the files of the ledger were replaced, so
    ///   that nothing more will ever be appended to the open ones; the errors of reading the log.
    public func waitForMore(than known: UInt64) async throws -> UInt64 {
        try await ledger.sequencer.waitForMore(than: known) { [environment = ledger.environment] in try environment.requireInPlace() }
    }
}
