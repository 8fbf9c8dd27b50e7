internal import EventLog
internal import Storage

/// A piece of work that the writer carries out at the head of the log, in one turn with others.
///
/// A job is handed over to the writer (`LedgerWriter.enqueue`) and belongs to it from then on, so it need not be `Sendable`: `perform` and
/// `finish` are called by one thread at a time. What its caller waits for goes back through a continuation or a `@Sendable` closure.
///
/// `perform` may be called again from the start, with nothing of the earlier attempt left; `finish` is called once.
protocol WriterJob: AnyObject {
    /// Whether this is a lifecycle command. Lifecycle commands go before uses, and may use the space that is kept in reserve.
    var isLifecycle: Bool { get }
    /// Whether the job's caller has been answered already: then the job is tried until it is recorded or the ledger is closed.
    var isAcknowledged: Bool { get }
    var maxCommitDelay: MaxCommitDelay { get }
    /// Whether the job waits for another process's lock until its deadline, or only for a moment.
    var waitsForLock: Bool { get }
    /// About how many bytes the job's record takes in the file. Lifecycle commands, which have the reserve, are not measured by it.
    var recordBytes: Int { get }

    /// Decides, appends and derives. A job that throws before it has appended anything fails alone and for good, unless the error is a
    /// `StorageError`. Any other throw undoes the turn; its jobs are then tried one by one, so that a job that throws again fails alone
    /// too.
    func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws

    /// Called when the turn is durable (`error` is `nil`), or when this job has failed.
    func finish(_ error: (any Error)?)
}

extension WriterJob {
    var isLifecycle: Bool { false }
    var isAcknowledged: Bool { false }
    var maxCommitDelay: MaxCommitDelay { isAcknowledged ? .long : isLifecycle ? .none : .short }
    var waitsForLock: Bool { true }
    var recordBytes: Int { 512 }
}

extension CheckedContinuation where E == any Error, T: Sendable {
    /// Answers the caller of a job that has finished: with `error` where there is one, else with the job's `result`. Throws `closed` to the
    /// caller of a job that was never performed.
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
