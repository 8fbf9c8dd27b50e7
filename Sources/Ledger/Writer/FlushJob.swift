internal import EventLog
internal import Storage

/// A job that finishes when every job that was queued before it is durable or was deferred.
final class FlushJob: WriterJob {
    private let continuation: CheckedContinuation<Void, any Error>

    init(_ continuation: CheckedContinuation<Void, any Error>) { self.continuation = continuation }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {}

    func finish(_ error: (any Error)?) { continuation.resume(returning: (), unless: error) }
}
