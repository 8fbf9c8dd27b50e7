internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// A job that determines whether the files can be written again: it writes a value that is stored already, which takes a commit like
/// any other.
final class WriteProbeJob: WriterJob {
    private let tables: LogTables
    private let onEnd: @Sendable () -> Void

    /// Makes a job. `onEnd` is called on the writer's thread when the outcome is known.
    init(_ tables: LogTables, onEnd: @escaping @Sendable () -> Void) {
        self.tables = tables
        self.onEnd = onEnd
    }

    var waitsForLock: Bool { false }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        try LogMeta.lifecycleEnd.set(batch.lifecycleEnd.bigEndianBytes, tables, &transaction)
    }

    func finish(_ error: (any Error)?) { onEnd() }
}
