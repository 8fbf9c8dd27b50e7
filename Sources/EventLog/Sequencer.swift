internal import KeyEvents
public import Storage

/// Whatever assigns positions. Deciding happens inside a turn, so nobody acts on an old state; what the turn appends and
/// what it derives into the same tables become durable together.
public protocol Sequencer: Sendable {
    var reader: LogReader { get }

    /// One turn at the head: decide on what the transaction shows, append, derive. All of it is durable on return, and none
    /// of it happened on a throw other than `UncertainCommit`. `body` may run again from the start, so it must have no effects of its own.
    /// Throws before `body` runs where another keeps the head to itself until `deadline`.
    func takeTurn<R>(until deadline: Deadline, _ body: (inout WriteTransaction, inout Appender) throws -> R) throws -> R

    /// Returns the position after the last record as soon as it is beyond `known`, whichever process appended.
    func waitForMore(than known: UInt64) async throws -> UInt64
}

extension Sequencer {
    /// Waits for its turn as long as for any lock.
    public func takeTurn<R>(_ body: (inout WriteTransaction, inout Appender) throws -> R) throws -> R {
        try takeTurn(until: .lockWait, body)
    }
}
