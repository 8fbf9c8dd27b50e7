internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// Records that an account's data key is about to be destroyed, unless the log already says so.
final class ErasureJob: WriterJob {
    private let account: AccountID
    private let erasure: AccountErasure
    private let continuation: CheckedContinuation<UInt64, any Error>
    private var position: UInt64?

    /// `continuation` receives the position of the record.
    init(_ erasure: AccountErasure, of account: AccountID, _ continuation: CheckedContinuation<UInt64, any Error>) {
        self.account = account
        self.erasure = erasure
        self.continuation = continuation
    }

    var isLifecycle: Bool { true }
    var endsOnly: Bool { true }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        position = try Self.append(erasure, of: account, by: .commandLine, &batch, &transaction, &appender)
    }

    func finish(_ error: (any Error)?) { continuation.resume(returning: position, unless: error) }

    /// Appends the record unless it is there already, and returns its position.
    static func append(
        _ erasure: AccountErasure, of account: AccountID, by actor: Actor, _ batch: inout AppendBatch,
        _ transaction: inout WriteTransaction,
        _ appender: inout BatchAppender
    ) throws -> UInt64 {
        if let id = erasure.dataKeyID, let known = try batch.store.erasure(of: id, account, transaction) { return known.position }
        let event = Event(
            keyID: .none, accountID: account, recordedAt: appender.recordedAt, actor: actor, body: .accountErased(erasure))
        let position = try appender.append(event, &transaction)
        try batch.store.apply(event, at: position, &transaction)
        batch.lifecycleEnd = position + 1
        return position
    }
}
