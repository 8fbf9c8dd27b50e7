internal import Storage

/// A job that was handed to the writer.
struct QueuedJob: Sendable {
    /// The job, which its sender no longer uses and which the queue gives to the writer's thread alone: only one thread at a time
    /// reaches it. The compiler cannot follow a value that is sent through a `Mutex`, hence `unsafe`.
    private nonisolated(unsafe) let sent: any WriterJob
    /// The time at which the job fails where another process keeps it from being written.
    let deadline = Deadline.lockWait

    init(_ job: sending some WriterJob) { unsafe sent = job }

    var job: any WriterJob { unsafe sent }
}
