internal import EventLog
internal import Projections
internal import Storage
internal import Synchronization

/// Writes batches of jobs, each in one turn at the head of the log. Its methods are called on the writer's thread, but for `close`.
final class BatchWriter: Sendable {
    /// The time that every turn has to come to the head of the log, however long its jobs have waited.
    static let minLockWait = Duration.milliseconds(250)
    /// How many jobs in a row have failed by themselves before the remaining uses of a batch are not tried any more.
    private static let maxFailuresInARow = 3

    let status: WriteStatus
    private let queue: JobQueue
    private let sequencer: any Sequencer
    private let watch: ClockWatch?
    private let stateTables: StateTables
    /// The time until which the writer goes on trying after it was closed.
    private let closingDeadline = Mutex<Deadline?>(nil)

    /// `watch`, where there is one, tells other processes with each turn what this process knows of the clock.
    init(_ sequencer: any Sequencer, _ queue: JobQueue, _ watch: ClockWatch?) {
        self.sequencer = sequencer
        self.queue = queue
        self.watch = watch
        stateTables = StateTables(sequencer.reader.environment)
        status = WriteStatus(sequencer.reader.environment)
    }

    /// From now on no turn waits for another process beyond `deadline`.
    func close(by deadline: Deadline) { closingDeadline.withLock { $0 = deadline } }

    /// Writes jobs in one turn, or in several where that fails. Returns the acknowledged jobs that could not be recorded; all others have
    /// finished.
    func write(_ jobs: [QueuedJob]) -> [DeferredJob] {
        do {
            try record(jobs)
            return []
        } catch let error as UncertainCommit {
            // A second attempt might record them twice.
            return fail(jobs, error.cause, error)
        } catch let error as StorageError where error.isHeldLock {
            // No job has begun, and none will: one by one they would wait for the same lock.
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

    /// One of the jobs may be to blame, for instance because it needs a damaged page: that is no reason to fail a revocation beside it.
    private func writeOneByOne(_ jobs: [QueuedJob]) -> [DeferredJob] {
        var deferred: [DeferredJob] = []
        var lastError: (any Error)?
        var failures = 0
        for job in jobs {
            // After several failures it is not one job that is to blame; but each command has its attempt.
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

    /// Takes one turn for all jobs, and finishes each of them when it is durable.
    private func record(_ jobs: [QueuedJob]) throws {
        let hasUses = jobs.contains { !$0.job.isLifecycle }
        let tables = sequencer.reader.tables
        let (failures, isFull) = try sequencer.takeTurn(until: deadline(of: jobs)) { transaction, appender in
            // Inside the turn: outside of it, two processes could both find the same room.
            let isFull = !status.hasRoom
            if isFull, hasUses { throw status.storageFull }
            var turn = try Turn(stateTables, tables, transaction)
            let first = appender.next
            var failures: [Int: any Error] = [:]
            for (index, queued) in jobs.enumerated() {
                let before = appender.next
                do {
                    try queued.job.perform(&turn, &transaction, &appender)
                } catch {
                    if appender.next != before || error is StorageError { throw error }
                    failures[index] = error
                }
            }
            if appender.next > first { try watch?.tell(tables, appender.time, &transaction) }
            return (failures, isFull)
        }
        status.wrote(hasUses: hasUses, isFull: isFull)
        queue.finish(jobs) { failures[$0] }
    }

    /// The earliest deadline of the jobs: each is answered in the time it has, whatever else is in the batch.
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
