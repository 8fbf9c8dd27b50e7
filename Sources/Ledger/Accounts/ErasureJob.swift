internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// Records that an account's data key is about to be destroyed, unless the log already says so.
@safe final class ErasureJob: WriterJob, @unchecked Sendable {
    private let account: AccountID
    private let erasure: AccountErasure
    private let continuation: UnsafeContinuation<UInt64, any Error>
    private var position: UInt64?

    /// Makes the job; `continuation` gets the position of the record.
    init(_ erasure: AccountErasure, of account: AccountID, _ continuation: UnsafeContinuation<UInt64, any Error>) {
        self.account = account
        self.erasure = erasure
        unsafe self.continuation = continuation
    }

    override var isLifecycle: Bool { true }

    override func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws {
        position = try Self.append(erasure, of: account, by: .commandLine, &turn, &transaction, &appender)
    }

    override func finish(_ error: (any Error)?) {
        if let error {
            unsafe continuation.resume(throwing: error)
        } else if let position {
            unsafe continuation.resume(returning: position)
        } else {
            unsafe continuation.resume(throwing: LedgerError.closed)
        }
    }

    /// Appends the record of an erasure, and returns its position; where the log already holds the record, nothing is appended.
    static func append(
        _ erasure: AccountErasure, of account: AccountID, by actor: Actor, _ turn: inout Turn, _ transaction: inout WriteTransaction,
        _ appender: inout Appender
    ) throws -> UInt64 {
        if let id = erasure.dataKeyID, let known = try turn.store.erasure(of: id, account, transaction) { return known.position }
        let event = Event(
            keyID: .none, accountID: account, recordedAt: appender.recordedAt, actor: actor, body: .accountErased(erasure))
        let position = try appender.append(event, &transaction)
        try turn.store.apply(event, at: position, &transaction)
        turn.lifecycleEnd = position + 1
        return position
    }
}
