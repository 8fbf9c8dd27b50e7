internal import EventLog
internal import Storage

/// A piece of work that the writer carries out at the head of the log, in one batch with others.
///
/// A job is handed to the writer (`LedgerWriter.enqueue`) and belongs to it from then on, so it need not be `Sendable`: `perform` and
/// `finish` are called by one thread at a time. The result for its caller goes back through a continuation or a `@Sendable` closure.
///
/// The writer may call `perform` again from the start, after everything that the earlier attempt did was undone; it calls `finish`
/// once.
protocol WriterJob: AnyObject {
    /// Whether this is a lifecycle command. Lifecycle commands go before uses, and may use the space that is kept in reserve.
    var isLifecycle: Bool { get }
    /// Whether the job takes from keys and gives nothing. Such a job may use all of the space that is kept in reserve, other commands a half
    /// of it: whoever may make keys must not keep others from ending them.
    var endsOnly: Bool { get }
    /// Whether the job's caller has its response already: such a job is tried until it is recorded or the ledger is closed.
    var isAcknowledged: Bool { get }
    var maxCommitDelay: MaxCommitDelay { get }
    /// Whether the job waits for another process's lock until its deadline, or only briefly.
    var waitsForLock: Bool { get }
    /// The approximate size of the job's record in the file, in bytes. For lifecycle commands, which have the reserve, it is not
    /// considered.
    var recordBytes: Int { get }

    /// Decides, appends and derives. A job that throws before it has appended anything fails alone and for good, unless the error is a
    /// `StorageError`. Any other error undoes the batch; its jobs are then tried one by one, so that a job that throws again fails
    /// alone too.
    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws

    /// Finishes the job, when the batch is durable (`error` is `nil`), or when this job has failed.
    func finish(_ error: (any Error)?)
}

extension WriterJob {
    var isLifecycle: Bool { false }
    var endsOnly: Bool { false }
    var isAcknowledged: Bool { false }
    var maxCommitDelay: MaxCommitDelay { isAcknowledged ? .long : isLifecycle ? .none : .short }
    var waitsForLock: Bool { true }
    var recordBytes: Int { 512 }
}

extension CheckedContinuation where E == any Error, T: Sendable {
    /// Resumes the caller of a job that has finished: with `error` where there is one, else with the job's `result`. It throws `closed`
    /// to the caller of a job that was never performed.
    func resume(returning result: T?, unless error: (any Error)?) {
        if let error {
            resume(throwing: error)
        } else if let result {
            resume(returning: result)
        } else {
            resume(throwing: LedgerError.closed)
        }
    }
}
