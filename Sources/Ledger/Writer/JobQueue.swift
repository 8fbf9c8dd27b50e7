internal import Dispatch
internal import Synchronization

/// The jobs that wait for the writer's thread: lifecycle commands first, then all others, each in the order in which they came.
final class JobQueue: Sendable {
    /// How long an acknowledged use waits for other jobs to share its commit.
    private static let longDelay = DispatchTimeInterval.milliseconds(20)
    /// How long uses whose callers wait do so, where the last batch shows that there are many: about as long as it takes to write one
    /// batch and resume its callers. With 256 callers this delay gives a tenth more uses a second; with few callers there is no other
    /// job to wait for.
    private static let shortDelay = DispatchTimeInterval.microseconds(400)
    /// The number of waiting callers in one batch from which on the next batch is delayed.
    private static let manyCallers = 16

    private struct State {
        var lifecycle: [QueuedJob] = []
        var others: [QueuedJob] = []
        /// The number of acknowledged jobs that are not finished, wherever they are.
        var acknowledged = 0
        /// The minimum of the delays that the waiting jobs allow.
        var maxCommitDelay = MaxCommitDelay.long
        /// Whether many callers waited for the last batch.
        var isBusy = false
        var wakeState = WakeState.awake
        var isClosed = false

        var isEmpty: Bool { lifecycle.isEmpty && others.isEmpty }

        /// How long the waiting jobs are delayed for others to join them; `nil` where they are not.
        var commitDelay: DispatchTimeInterval? {
            guard !isEmpty, !isClosed, others.count < BatchLimits.maxJobs else { return nil }
            switch maxCommitDelay {
            case .none: return nil
            case .short: return isBusy ? shortDelay : nil
            case .long: return longDelay
            }
        }

        /// Returns whether the writer's thread has to be woken. The method is called after each change of the queue.
        mutating func wakesWriter() -> Bool {
            switch wakeState {
            case .awake: return false
            case .delaying(let delay): if commitDelay != nil, delay == maxCommitDelay { return false }
            case .asleep: break
            }
            wakeState = .awake
            return true
        }

        mutating func takeBatch() -> [QueuedJob] {
            let commands = Self.take(min(lifecycle.count, BatchLimits.maxJobs), of: &lifecycle)
            let room = BatchLimits.maxJobs - commands.count
            let uses = Self.take(BatchLimits.count(others.lazy.map(\.job.recordBytes), maxJobs: room), of: &others)
            if isEmpty { maxCommitDelay = .long }
            guard !commands.isEmpty || !uses.isEmpty else { return [] }
            isBusy = uses.count { !$0.job.isAcknowledged } >= manyCallers
            return commands.isEmpty ? uses : commands + uses
        }

        /// Takes the first jobs of a list. Mostly all of them are taken, and then none is copied.
        private static func take(_ count: Int, of jobs: inout [QueuedJob]) -> [QueuedJob] {
            guard count == jobs.count else {
                defer { jobs.removeFirst(count) }
                return Array(jobs.prefix(count))
            }
            defer {
                jobs = []
                jobs.reserveCapacity(count)
            }
            return jobs
        }
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    // MARK: Methods for all threads

    /// Queues a job. Returns false, without queueing it, where the queue is closed, or has `limit` acknowledged jobs or more.
    func append(_ queued: QueuedJob, limit: Int = .max) -> Bool {
        let outcome: (isQueued: Bool, wakesWriter: Bool) = state.withLock { state in
            guard !state.isClosed, state.acknowledged < limit else { return (false, false) }
            let job = queued.job
            if job.isLifecycle { state.lifecycle.append(queued) } else { state.others.append(queued) }
            if job.isAcknowledged { state.acknowledged += 1 }
            state.maxCommitDelay = min(state.maxCommitDelay, job.maxCommitDelay)
            return (true, state.wakesWriter())
        }
        if outcome.wakesWriter { wake.signal() }
        return outcome.isQueued
    }

    /// Closes the queue: it takes no more jobs, and lets the writer's thread end once that has finished the jobs that wait.
    func close() {
        let wakesWriter = state.withLock { state in
            state.isClosed = true
            return state.wakesWriter()
        }
        if wakesWriter { wake.signal() }
    }

    /// Ends a commit delay that is in progress. The clock that would end it does not advance while it is being set back.
    func endCommitDelay() {
        let isDelaying = state.withLock { state in
            guard case .delaying = state.wakeState else { return false }
            state.wakeState = .awake
            return true
        }
        if isDelaying { wake.signal() }
    }

    // MARK: Methods for the writer's thread

    /// Waits, where the waiting jobs may be delayed, for others to share their commit.
    func waitForCommitDelay() {
        let delay = state.withLock { state in
            let delay = state.commitDelay
            if delay != nil { state.wakeState = .delaying(state.maxCommitDelay) }
            return delay
        }
        // A signal that was meant for an earlier wait ends this one early, which does no harm.
        if let delay { _ = wake.wait(timeout: .now() + delay) }
    }

    /// Takes the jobs of the next batch out of the queue. Where there are none, the next job wakes the thread, unless it `staysAwake`.
    func takeBatch(staysAwake: Bool) -> (batch: [QueuedJob], isClosed: Bool) {
        state.withLock { state in
            let batch = state.takeBatch()
            state.wakeState = batch.isEmpty && !staysAwake && !state.isClosed ? .asleep : .awake
            return (batch, state.isClosed)
        }
    }

    /// Waits until the thread is woken, or until `time`.
    func wait(until time: DispatchTime = .distantFuture) { _ = wake.wait(timeout: time) }

    /// Finishes jobs that were taken, each with the error that `error` returns for its index.
    func finish(_ jobs: [QueuedJob], _ error: (Int) -> (any Error)?) {
        let acknowledged = jobs.count { $0.job.isAcknowledged }
        if acknowledged > 0 { state.withLock { $0.acknowledged -= acknowledged } }
        for (index, queued) in jobs.enumerated() { queued.job.finish(error(index)) }
    }
}
