internal import EventLog
internal import Storage

/// A job that records a use whose caller has its response: a buffered use, or the uses that an aggregated window adds up.
final class RecordAcknowledgedUseJob: WriterJob {
    private let note: PendingUse
    let recordBytes: Int
    private var firstUse: FirstUse?
    private let onFailure: @Sendable (PendingUse, any Error) -> Void

    /// Makes a job. `firstUse` retires older secrets of the key; `nil` where this use retires none. `onFailure` is called on the
    /// writer's thread where the ledger was closed before the record could be written.
    init(_ note: PendingUse, firstUse: FirstUse? = nil, onFailure: @escaping @Sendable (PendingUse, any Error) -> Void) {
        self.note = note
        self.firstUse = firstUse
        recordBytes = note.recordBytes + (firstUse == nil ? 0 : 4096)
        self.onFailure = onFailure
    }

    var isAcknowledged: Bool { true }
    /// The delay is none for a use that retires older secrets, since they must not be accepted any longer.
    var maxCommitDelay: MaxCommitDelay { firstUse == nil ? .long : .none }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        firstUse?.begin()
        _ = try appender.append(note.event, &transaction)
        try firstUse?.retireOlder(&batch, &transaction, &appender)
    }

    func finish(_ error: (any Error)?) {
        firstUse?.finish(error)
        if let error { onFailure(note, error) }
    }
}
