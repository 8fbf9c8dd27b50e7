internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// A job that records a reading, unless another process has recorded it.
final class ReadingJob: WriterJob {
    private let event: Event
    private let memory: Digest32?
    private let commands: CommandTable
    private let onFailure: @Sendable (any Error) -> Void

    /// Makes a job. `memory` is the key under which the job remembers that the reading was recorded; `nil` where it is not remembered.
    /// `onFailure` is called on the writer's thread where the ledger was closed before the record could be written.
    init(_ event: Event, memory: Digest32?, _ commands: CommandTable, onFailure: @escaping @Sendable (any Error) -> Void) {
        self.event = event
        self.memory = memory
        self.commands = commands
        self.onFailure = onFailure
    }

    var isAcknowledged: Bool { true }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        guard let memory else {
            _ = try appender.append(event, &transaction)
            return
        }
        guard try commands.entry(memory, at: appender.now, transaction) == nil else { return }
        let position = try appender.append(event, &transaction)
        try commands.store(memory, .init(content: memory, position: position, answer: [], at: appender.now), &transaction)
    }

    func finish(_ error: (any Error)?) { if let error { onFailure(error) } }
}
