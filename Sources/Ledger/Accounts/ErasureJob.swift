internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// Records that an account's data key is about to be destroyed, unless the log says so already.
@safe final class ErasureJob: WriterJob, @unchecked Sendable {
    private let account: AccountID
    private let erasure: AccountErasure
    private let continuation: UnsafeContinuation<UInt64, any Error>
    private var position: UInt64?

    /// `continuation` is told the position of the record.
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

    /// Answers the position of the record, which may have been there before.
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
