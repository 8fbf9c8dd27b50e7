internal import Storage

/// A job that was handed over to the writer.
struct QueuedJob: Sendable {
    /// The sender has given the job up, and the queue gives it to the writer's thread alone: only one thread at a time reaches it. The
    /// compiler cannot follow a value that is sent through a `Mutex`, hence `unsafe`.
    private nonisolated(unsafe) let sent: any WriterJob
    /// When the job fails if another process keeps it from being written.
    let deadline = Deadline.lockWait

    init(_ job: sending some WriterJob) { unsafe sent = job }

    var job: any WriterJob { unsafe sent }
}
