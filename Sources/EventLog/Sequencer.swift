internal import KeyEvents
public import Storage

/// A component that assigns positions. Decisions are made inside its transaction, so none is made on an old state; what the
/// transaction appends and what it derives into the same tables become durable together.
///
/// A node of a cluster keeps its own LMDB copy of the log and decides in its own write transaction as a single host does. Its
/// sequencer differs only in what makes the batch durable.
public protocol Sequencer: Sendable {
    /// The reader of the log that the sequencer appends to.
    var reader: LogReader { get }

    /// Runs one transaction at the head of the log: `body` decides on what the transaction shows, appends, and derives. All of it
    /// is durable on return, and none of it has happened where an error other than `UncertainCommit` is thrown.
    ///
    /// - Parameters:
    ///   - deadline: The end of the wait for the head.
    ///   - body: The work of the transaction. It may run again from the start, so it must have no other effects.
    /// - Returns: What `body` returned.
    /// - Throws: What `body` throws, `UncertainCommit`, and `StorageError`, the latter before `body` runs where another process
    ///   keeps the head to itself until `deadline`.
    func transact<R>(until deadline: Deadline, _ body: (inout WriteTransaction, inout BatchAppender) throws -> R) throws -> R

    /// Waits until the log has grown beyond a position, whichever process appends.
    ///
    /// - Parameters:
    ///   - known: the position after the last record that the caller knows.
    ///   - checking: is called about once a second while nothing is appended; an error that it throws ends the wait.
    /// - Returns: the position after the last record, as soon as it is greater than `known`.
    /// - Throws: `CancellationError` where the task is cancelled; what `checking` throws; the errors of reading the log.
    func waitForMore(than known: UInt64, checking: @Sendable () throws -> Void) async throws -> UInt64
}

extension Sequencer {
    /// Waits until the log has grown beyond a position, without a check.
    public func waitForMore(than known: UInt64) async throws -> UInt64 { try await waitForMore(than: known) {} }

    /// Runs one transaction at the head of the log, and waits for it as long as for any lock.
    public func transact<R>(_ body: (inout WriteTransaction, inout BatchAppender) throws -> R) throws -> R {
        try transact(until: .lockWait, body)
    }
}
