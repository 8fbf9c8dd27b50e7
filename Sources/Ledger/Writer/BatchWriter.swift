internal import EventLog
internal import Projections
internal import Storage
internal import Synchronization

/// Writes batches of jobs, each in one write transaction at the head of the log. Its methods are called on the writer's thread, except
/// `close`.
final class BatchWriter: Sendable {
    /// The time that every batch has to come to the head of the log, however long its jobs have waited.
    static let minLockWait = Duration.milliseconds(250)
    /// The number of jobs that fail one after the other before the remaining uses of a batch are not tried any more.
    private static let maxFailuresInARow = 3

    let status: WriteStatus
    private let queue: JobQueue
    private let sequencer: any Sequencer
    private let watch: ClockWatch?
    private let stateTables: StateTables
    /// The time until which the writer goes on trying after it was closed; `nil` while it is open.
    private let closingDeadline = Mutex<Deadline?>(nil)

    /// Makes a writer. `watch`, where there is one, publishes to other processes with each batch what this process knows of the clock.
    init(_ sequencer: any Sequencer, _ queue: JobQueue, _ watch: ClockWatch?) {
        self.sequencer = sequencer
        self.queue = queue
        self.watch = watch
        stateTables = StateTables(sequencer.reader.environment)
        status = WriteStatus(sequencer.reader.environment)
    }

    /// Closes the writer: from now on no batch waits for another process beyond `deadline`.
    func close(by deadline: Deadline) { closingDeadline.withLock { $0 = deadline } }

    /// Writes jobs in one batch, or in several where that fails. Returns the acknowledged jobs that could not be recorded; all others
    /// have finished.
    func write(_ jobs: [QueuedJob]) -> [DeferredJob] {
        do {
            try record(jobs)
            return []
        } catch let error as UncertainCommit {
            // A second attempt might record them twice.
            return fail(jobs, error.cause, error)
        } catch let error as StorageError where error.isHeldLock {
            // No job has begun, and none will: one by one the jobs would wait for the same lock.
            return fail(jobs, LedgerError.lockHeld(problem: "\(error)"))
        } catch {
            guard jobs.count > 1 else { return fail(jobs, error) }
            let others = jobs.filter { !$0.job.isLifecycle }
            guard status.isOfRoom(error), !others.isEmpty else { return writeOneByOne(jobs) }
            let commands = jobs.filter(\.job.isLifecycle)
            for start in stride(from: 0, to: commands.count, by: BatchLimits.maxJobsOnReserve) {
                _ = write(Array(commands[start..<min(start + BatchLimits.maxJobsOnReserve, commands.count)]))
            }
            return fail(others, error)
        }
    }

    /// Writes each job in a batch of its own: one of them may be the cause of the failure, for instance because it needs a damaged
    /// page, which is no reason to fail a revocation beside it.
    private func writeOneByOne(_ jobs: [QueuedJob]) -> [DeferredJob] {
        var deferred: [DeferredJob] = []
        var lastError: (any Error)?
        var failures = 0
        for job in jobs {
            // After several failures the cause is not a single job; but each command is tried once.
            if failures >= Self.maxFailuresInARow, !job.job.isLifecycle, let lastError {
                deferred += fail([job], lastError)
                continue
            }
            do {
                try record([job])
                failures = 0
            } catch {
                lastError = error
                failures += 1
                let uncertainCommit = error as? UncertainCommit
                deferred += fail([job], uncertainCommit?.cause ?? error, uncertainCommit)
            }
        }
        return deferred
    }

    /// Writes all jobs in one batch, and finishes each of them when the batch is durable.
    private func record(_ jobs: [QueuedJob]) throws {
        let hasUses = jobs.contains { !$0.job.isLifecycle }
        let tables = sequencer.reader.tables
        let (failures, isFull) = try sequencer.transact(until: deadline(of: jobs)) { transaction, appender in
            // Records in files that nobody opens again would be acknowledged and lost.
            try sequencer.reader.environment.requireInPlace()
            // The room is measured inside the transaction: outside of it, two processes could both find the same room.
            let isFull = !status.hasRoom
            if isFull, hasUses || jobs.contains(where: { !$0.job.endsOnly }) && !status.hasRoomForCommands { throw status.storageFull }
            var batch = try AppendBatch(stateTables, tables, transaction)
            let first = appender.nextPosition
            var failures: [Int: any Error] = [:]
            for (index, queued) in jobs.enumerated() {
                let before = appender.nextPosition
                do {
                    try queued.job.perform(&batch, &transaction, &appender)
                } catch {
                    if appender.nextPosition != before || error is StorageError { throw error }
                    failures[index] = error
                }
            }
            if appender.nextPosition > first { try watch?.publish(tables, appender.time, &transaction) }
            return (failures, isFull)
        }
        status.wrote(hasUses: hasUses, isFull: isFull)
        queue.finish(jobs) { failures[$0] }
    }

    /// The earliest deadline of the jobs: each caller gets its response in the time it has, whatever else is in the batch.
    private func deadline(of jobs: [QueuedJob]) -> Deadline {
        let earliest = Deadline.after(Self.minLockWait)
        var deadline = jobs.lazy.filter(\.job.waitsForLock).map(\.deadline).min() ?? earliest
        if let closing = closingDeadline.withLock({ $0 }) { deadline = min(deadline, closing) }
        return max(deadline, earliest)
    }

    /// Fails the jobs whose callers wait. Returns the acknowledged ones, which have to be tried again.
    private func fail(_ jobs: [QueuedJob], _ error: any Error, _ uncertainCommit: UncertainCommit? = nil) -> [DeferredJob] {
        let reported = status.failed(error, hasUses: jobs.contains { !$0.job.isLifecycle })
        queue.finish(jobs.filter { !$0.job.isAcknowledged }) { _ in reported }
        return jobs.filter(\.job.isAcknowledged).map { DeferredJob(queued: $0, uncertainCommit: uncertainCommit) }
    }
}
