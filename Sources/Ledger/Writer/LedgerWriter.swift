internal import EventLog
internal import Storage
internal import Synchronization

/// The only writer of this process: a queue of jobs (`JobQueue`), and a thread (`WriterThread`) that takes what has queued, up to a
/// limit, into one batch, so that one commit makes all of it durable (`BatchWriter`).
final class LedgerWriter: Sendable {
    /// The maximum number of acknowledged uses that wait for their record: queued, in the batch being written, or deferred. A crash can
    /// lose no more than these and the windows that are open.
    static let bufferedUses = 16_384
    /// The space that only lifecycle commands may use, in bytes; half of it only those that end keys (`WriterJob.endsOnly`).
    static let reserve = 4 << 20
    /// How long a writer that is being closed waits for another process.
    private static let lastLockWait = Duration.seconds(3)

    private let queue = JobQueue()
    private let writer: BatchWriter
    /// The writer's own thread: writing a batch blocks on the disk and on other processes, which would starve the cooperative pool.
    private let thread: WorkThread
    private let tables: LogTables
    private let isProbeQueued = Atomic(false)

    /// Starts the writer's thread. `watch`, where there is one, publishes to other processes what this process knows of the clock.
    /// Throws `LedgerError.noThread` where the system gives no thread.
    init(_ sequencer: any Sequencer, _ watch: ClockWatch? = nil) throws {
        tables = sequencer.reader.tables
        writer = BatchWriter(sequencer, queue, watch)
        do throws(WorkThread.Missing) {
            thread = try WorkThread("ledger-writer") { [queue, writer] in
                var thread = WriterThread(queue, writer)
                thread.run()
            }
        } catch {
            throw LedgerError.noThread(problem: error.description)
        }
    }

    /// The error with which a use would fail that is presented now; `nil` where uses can be recorded.
    var problem: LedgerError? { writer.status.problem }

    /// The value of `problem` where the cause is that another process has the lock of writers; `nil` otherwise.
    var lockProblem: LedgerError? { writer.status.lockProblem }

    /// Checks whether the cause of a failure has gone, and whether another process keeps the lock of writers. The method is called
    /// several times a second: while uses are refused because of a failure, no batch shows it.
    func retryIfRecovered() {
        queue.endCommitDelay()
        guard writer.status.needsProbe(),
            isProbeQueued.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
        else { return }
        enqueue(WriteProbeJob(tables) { [weak self] in self?.isProbeQueued.store(false, ordering: .relaxed) })
    }

    /// Queues an acknowledged job. Returns false where the buffer is full or the writer is closed; the caller then has to wait for the
    /// record.
    func enqueueBuffered(_ job: sending some WriterJob) -> Bool { queue.append(QueuedJob(job), limit: Self.bufferedUses) }

    /// Queues a job, or finishes it at once with `LedgerError.closed` where the writer is closed.
    func enqueue(_ job: sending some WriterJob) {
        let queued = QueuedJob(job)
        if !queue.append(queued) { queued.job.finish(LedgerError.closed) }
    }

    /// Closes the writer: it takes no more jobs, finishes those it has, and ends the thread, which releases the files. A job that
    /// cannot be recorded because another process has the lock fails at its deadline, or after `lastLockWait` where that is earlier.
    func close() {
        writer.close(by: .after(lockProblem == nil ? Self.lastLockWait : BatchWriter.minLockWait))
        queue.close()
        thread.join()
    }
}
