internal import EventLog
internal import Storage
internal import Synchronization

/// The one writer of this process: a queue of jobs (`JobQueue`), and a thread (`WriterThread`) that takes what has queued, up to a bound,
/// into one turn, so that one commit makes all of it durable (`BatchWriter`).
final class LedgerWriter: Sendable {
    /// How many acknowledged uses may wait for their record: queued, in the turn being written, or deferred. This is the most that a crash
    /// can lose, beside the windows that are open.
    static let bufferedUses = 16_384
    /// The space that only lifecycle commands may use, in bytes.
    static let reserve = 4 << 20
    /// How long a writer that is being closed waits for another process.
    private static let lastLockWait = Duration.seconds(3)

    private let queue = JobQueue()
    private let writer: BatchWriter
    /// The writer's own thread: a turn blocks on the disk and on other processes, which would starve the cooperative pool.
    private let thread: WorkThread
    private let tables: LogTables
    private let isProbeQueued = Atomic(false)

    /// Starts the writer's thread. `watch`, where there is one, tells other processes what this process knows of the clock. Throws
    /// `LedgerError.noThread` where the system gives no thread.
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

    /// The error that uses would meet which are presented now; `nil` where they can be recorded.
    var problem: LedgerError? { writer.status.problem }

    /// `problem`, where it is that another process keeps the lock.
    var lockProblem: LedgerError? { writer.status.lockProblem }

    /// Looks whether the cause of a failure has gone, and whether another process keeps the lock. To be called several times a second:
    /// while uses are refused because of a failure, no turn finds out.
    func retryIfRecovered() {
        queue.endCommitDelay()
        guard writer.status.needsProbe(),
            isProbeQueued.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged
        else { return }
        enqueue(WriteProbeJob(tables) { [weak self] in self?.isProbeQueued.store(false, ordering: .relaxed) })
    }

    /// Queues an acknowledged job. Returns false where the buffer is full or the writer closed: then the caller has to wait for the record.
    func enqueueBuffered(_ job: sending some WriterJob) -> Bool { queue.append(QueuedJob(job), limit: Self.bufferedUses) }

    /// Queues a job, or finishes it with `LedgerError.closed` at once.
    func enqueue(_ job: sending some WriterJob) {
        let queued = QueuedJob(job)
        if !queue.append(queued) { queued.job.finish(LedgerError.closed) }
    }

    /// Takes no more jobs, finishes those it has, and ends the thread, which lets go of the files. What cannot be recorded because another
    /// process keeps the lock fails after the time it has, or after `lastLockWait` where that is shorter.
    func close() {
        writer.close(by: .after(lockProblem == nil ? Self.lastLockWait : BatchWriter.minLockWait))
        queue.close()
        thread.join()
    }
}
