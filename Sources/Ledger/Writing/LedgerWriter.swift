internal import Dispatch
internal import EventLog
internal import Glibc
internal import KeyEvents
internal import Projections
internal import Storage
internal import Synchronization

/// The one thread of this process that writes to the ledger. It takes what has queued, up to a bound, into one turn: one
/// commit for all of them.
final class LedgerWriter: Sendable {
    /// Jobs a turn takes at most: with more, others on the host wait longer for theirs.
    private static let largestBatch = 512
    /// What the records of the uses in a turn take at most.
    private static let largestBatchBytes = 1 << 20
    /// Room that must be there before uses are written: for their records, and as much for the tables around them.
    private static let batchRoom = 2 * largestBatchBytes
    /// Space only lifecycle commands may use, in bytes.
    static let reserve = 4 << 20
    /// Commands in a turn that has only the reserve: so many of the largest fit into it several times.
    private static let largestBatchOnReserve = 32
    /// Uses that may wait for their record after their caller was answered: queued, in the turn being written, or put off. What
    /// a crash can lose at most, beside the windows that are open.
    static let bufferedUses = 16_384
    /// How long a use whose caller was answered waits for others to share its commit.
    private static let longLinger = DispatchTimeInterval.milliseconds(20)
    /// How long uses whose callers wait do so, where the last turn shows that there are many: about as long as it takes to write one
    /// turn and answer it. With 256 callers it gives a tenth more uses a second; with few there is nobody to wait for.
    private static let shortLinger = DispatchTimeInterval.microseconds(400)
    private static let manyCallers = 16
    /// In milliseconds: what every turn has to come to the head of the log, however long its jobs have waited.
    private static let shortestLockWait: Int64 = 250
    /// In milliseconds: how long a writer that is being closed waits for another process.
    private static let lastLockWait: Int64 = 3_000
    /// Between two attempts to record what was put off.
    private static let retryPause = DispatchTimeInterval.milliseconds(100)

    private struct Queue {
        var lifecycle: [WriterJob] = []
        var others: [WriterJob] = []
        /// Acknowledged jobs that are not finished, wherever they are.
        var acknowledged = 0
        /// The least of those that wait.
        var patience = Patience.long
        /// Many callers waited for the last turn.
        var isBusy = false
        var writer = Attention.awake
        var isClosed = false

        var isEmpty: Bool { lifecycle.isEmpty && others.isEmpty }

        /// To be called when something has come: whether the writer has to be told.
        mutating func wakesWriter() -> Bool {
            switch writer {
            case .awake: return false
            case .lingering(let patience): if linger != nil, patience == self.patience { return false }
            case .asleep: break
            }
            writer = .awake
            return true
        }

        /// How long what waits may wait for more.
        var linger: DispatchTimeInterval? {
            guard !isEmpty, !isClosed, others.count < largestBatch else { return nil }
            switch patience {
            case .none: return nil
            case .short: return isBusy ? shortLinger : nil
            case .long: return longLinger
            }
        }
    }

    /// What wakes the writer's thread.
    private enum Attention {
        /// Nothing: it looks by itself.
        case awake
        /// What is less patient than all that waits, and as many as go into a turn.
        case lingering(Patience)
        /// Anything.
        case asleep
    }

    /// Why uses cannot be recorded at the moment.
    private enum Obstacle {
        /// There is no room beyond the reserve.
        case full
        /// The last attempt failed.
        case failure(LedgerError)
    }

    /// An acknowledged job that could not be recorded yet.
    private struct Held {
        let job: WriterJob
        /// Its commit failed, and whether it happened nevertheless could not be seen.
        var doubt: UncertainCommit?
    }

    private let sequencer: any Sequencer
    private let watch: ClockWatch?
    private let stateTables: StateTables
    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)
    /// A turn blocks on the disk and on other processes, which would starve the cooperative pool.
    private let thread = Mutex<WorkThread?>(nil)
    private let obstacle = Mutex<Obstacle?>(nil)
    private let isTrialQueued = Atomic(false)
    /// When the writer was closed, how long it goes on trying.
    private let end = Mutex<Deadline?>(nil)
    private let lockWatch: LockWatch

    /// `watch`: tells other processes what this one knows of the clock.
    init(_ sequencer: any Sequencer, _ watch: ClockWatch? = nil) throws {
        self.sequencer = sequencer
        self.watch = watch
        stateTables = StateTables(sequencer.reader.environment)
        lockWatch = LockWatch(sequencer.reader.environment)
        // So that on a disk that is full from the start not even the first use is accepted unrecorded.
        if !hasRoom { obstacle.withLock { $0 = .full } }
        do throws(WorkThread.Missing) {
            let started = try WorkThread("ledger-writer") { [self] in run() }
            thread.withLock { $0 = started }
        } catch {
            throw LedgerError.noThread(problem: error.description)
        }
    }

    private var environment: Environment { sequencer.reader.environment }

    private var hasRoom: Bool { environment.ensureRoom(Self.reserve + Self.batchRoom) }

    private var storageFull: LedgerError { .storageFull(path: environment.path) }

    /// What uses that are presented now would meet; `nil`: they can be recorded.
    var problem: LedgerError? {
        obstacle.withLock { obstacle in
            switch obstacle {
            case nil: nil
            case .full: storageFull
            case .failure(let error): error
            }
        }
    }

    /// That another process keeps the lock, where that was the last thing to be seen.
    var lockProblem: LedgerError? {
        guard case .lockHeld? = problem else { return nil }
        return problem
    }

    /// Looks whether what was in the way has gone. Somebody has to ask: while uses are refused at the door, no turn finds out.
    /// Somebody has to ask, too, whether another process keeps the lock while nothing is to be written here.
    func lookAgain() {
        endLinger()
        let isFailing = obstacle.withLock { obstacle in
            switch obstacle {
            case nil:
                guard let holder = lockWatch.suspect else { return false }
                // One that is stopped lets go of nothing: that is known before it was waited for.
                if holder.isStopped {
                    let problem = StorageError.lockHeld(path: environment.path, by: holder)
                    obstacle = .failure(.lockHeld(problem: "\(problem)"))
                }
                return true
            case .full:
                if hasRoom { obstacle = nil }
                return false
            case .failure:
                return true
            }
        }
        guard isFailing, isTrialQueued.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged else { return }
        enqueue(TrialJob(sequencer.reader.tables) { [weak self] in self?.isTrialQueued.store(false, ordering: .relaxed) })
    }

    /// The clock that ends it stands still while it is being set back.
    private func endLinger() {
        let lingers = queue.withLock { queue in
            guard case .lingering = queue.writer else { return false }
            queue.writer = .awake
            return true
        }
        if lingers { wake.signal() }
    }

    /// False: the buffer is full, and the caller has to wait for its record instead.
    func enqueueBuffered(_ job: WriterJob) -> Bool { enqueue(job, limit: Self.bufferedUses) }

    func enqueue(_ job: WriterJob) {
        if !enqueue(job, limit: .max) { job.finish(LedgerError.closed) }
    }

    private func enqueue(_ job: WriterJob, limit: Int) -> Bool {
        job.deadline = .lockWait
        let outcome: (isTaken: Bool, mustWake: Bool) = queue.withLock { queue in
            guard !queue.isClosed, queue.acknowledged < limit else { return (false, false) }
            if job.isLifecycle { queue.lifecycle.append(job) } else { queue.others.append(job) }
            if job.isAcknowledged { queue.acknowledged += 1 }
            queue.patience = min(queue.patience, job.patience)
            return (true, queue.wakesWriter())
        }
        if outcome.mustWake { wake.signal() }
        return outcome.isTaken
    }

    /// Takes no more jobs, finishes those it has, and ends the thread, which lets go of the files. What cannot be recorded because another
    /// process keeps the lock fails: after the time it has, `lastLockWait` at most.
    func close() {
        let wait = lockProblem == nil ? Self.lastLockWait : Self.shortestLockWait
        end.withLock { $0 = .after(milliseconds: wait) }
        let mustWake = queue.withLock { queue in
            queue.isClosed = true
            return queue.wakesWriter()
        }
        if mustWake { wake.signal() }
        thread.withLock { $0 }?.join()
    }

    // MARK: The writer's thread

    private func run() {
        var held: [Held] = []
        var retryAt = DispatchTime.now()
        while true {
            lingerIfPossible()
            let isRetryDue = !held.isEmpty && retryAt <= .now()
            let (batch, isClosed) = queue.withLock { queue in
                let batch = Self.take(&queue)
                queue.writer = batch.isEmpty && !isRetryDue && !queue.isClosed ? .asleep : .awake
                return (batch, queue.isClosed)
            }
            if !batch.isEmpty {
                let failed = write(batch)
                if !failed.isEmpty { retryAt = .now() + Self.retryPause }
                held += failed
            }
            if isRetryDue || (isClosed && batch.isEmpty && !held.isEmpty) {
                if !retry(&held) {
                    retryAt = .now() + Self.retryPause
                    if isClosed, batch.isEmpty { giveUp(&held) }
                }
            } else if batch.isEmpty {
                if isClosed { break }
                // Whoever comes meanwhile ends the wait: a revocation is not kept waiting by uses that have no room.
                if held.isEmpty { wake.wait() } else { _ = wake.wait(timeout: retryAt) }
            }
        }
    }

    /// Lets what can wait come together for one commit.
    private func lingerIfPossible() {
        let linger = queue.withLock { queue in
            let linger = queue.linger
            if linger != nil { queue.writer = .lingering(queue.patience) }
            return linger
        }
        // A signal that was meant for an earlier wait ends this one early, which does no harm.
        if let linger { _ = wake.wait(timeout: .now() + linger) }
    }

    private static func take(_ queue: inout Queue) -> [WriterJob] {
        let lifecycle = queue.lifecycle.prefix(largestBatch)
        let others = queue.others.prefix(fitting(queue.others.lazy.map(\.recordBytes), atMost: largestBatch - lifecycle.count))
        let batch = lifecycle + others
        queue.lifecycle.removeFirst(lifecycle.count)
        if others.count == queue.others.count {
            queue.others.removeAll(keepingCapacity: true)
        } else {
            queue.others.removeFirst(others.count)
        }
        if queue.isEmpty { queue.patience = .long }
        if !batch.isEmpty { queue.isBusy = others.count { !$0.isAcknowledged } >= manyCallers }
        return Array(batch)
    }

    /// How many of the jobs go into one turn.
    private static func fitting(_ bytes: some Sequence<Int>, atMost limit: Int) -> Int {
        var (count, sum) = (0, 0)
        for size in bytes {
            sum += size
            guard count < limit, sum <= largestBatchBytes || count == 0 else { break }
            count += 1
        }
        return count
    }

    /// Answers the acknowledged jobs that could not be recorded.
    private func write(_ jobs: [WriterJob]) -> [Held] {
        do {
            try record(jobs)
            return []
        } catch let error as UncertainCommit {
            // To try again might record them twice.
            return fail(jobs, error.cause, doubt: error)
        } catch let error as StorageError where error.isHeldLock {
            // None has begun, and none will: alone they would wait for the same.
            return fail(jobs, LedgerError.lockHeld(problem: "\(error)"))
        } catch {
            guard jobs.count > 1 else { return fail(jobs, error) }
            let others = jobs.filter { !$0.isLifecycle }
            guard isOfRoom(error), !others.isEmpty else { return writeOneByOne(jobs) }
            let commands = jobs.filter(\.isLifecycle)
            for start in stride(from: 0, to: commands.count, by: Self.largestBatchOnReserve) {
                _ = write(Array(commands[start..<min(start + Self.largestBatchOnReserve, commands.count)]))
            }
            return fail(others, error)
        }
    }

    /// One of them may be to blame, for instance with a damaged page: that is no reason to fail a revocation beside it.
    private func writeOneByOne(_ jobs: [WriterJob]) -> [Held] {
        var held: [Held] = []
        var lastError: (any Error)?
        var failures = 0
        for job in jobs {
            // Then it is not a single one; but each command has its attempt.
            if failures >= 3, !job.isLifecycle, let lastError {
                held += fail([job], lastError)
                continue
            }
            do {
                try record([job])
                failures = 0
            } catch {
                lastError = error
                failures += 1
                held += fail([job], (error as? UncertainCommit)?.cause ?? error, doubt: error as? UncertainCommit)
            }
        }
        return held
    }

    /// One turn for all of them; when it is durable, each is told.
    private func record(_ jobs: [WriterJob]) throws {
        let hasUses = jobs.contains { !$0.isLifecycle }
        let (failures, isFull) = try sequencer.takeTurn(until: deadline(of: jobs)) { transaction, appender in
            // Inside the turn: outside, two processes could both find the same room.
            let isFull = !hasRoom
            if isFull, hasUses { throw storageFull }
            var turn = try Turn(stateTables, sequencer.reader.tables, transaction)
            let first = appender.next
            var failures: [Int: any Error] = [:]
            for (index, job) in jobs.enumerated() {
                let before = appender.next
                do {
                    try job.perform(&turn, &transaction, &appender)
                } catch {
                    if appender.next != before || error is StorageError { throw error }
                    failures[index] = error
                }
            }
            if appender.next > first { try watch?.tell(sequencer.reader.tables, appender.time, &transaction) }
            return (failures, isFull)
        }
        if hasUses {
            obstacle.withLock { $0 = nil }
        } else if isFull {
            obstacle.withLock { $0 = .full }
        } else if lockProblem != nil {
            obstacle.withLock { $0 = nil }
        }
        finish(jobs) { failures[$0] }
    }

    /// Each job is answered in the time it has, whatever waits beside it.
    private func deadline(of jobs: [WriterJob]) -> Deadline {
        let shortest = Deadline.after(milliseconds: Self.shortestLockWait)
        var deadline = jobs.lazy.filter(\.waitsForLock).map(\.deadline).min() ?? shortest
        if let end = end.withLock({ $0 }) { deadline = min(deadline, end) }
        return max(deadline, shortest)
    }

    /// Answers those that have to be tried again.
    private func fail(_ jobs: [WriterJob], _ error: any Error, doubt: UncertainCommit? = nil) -> [Held] {
        let isOfRoom = isOfRoom(error)
        let reported: any Error = isOfRoom ? storageFull : error
        let isOfLock = if case LedgerError.lockHeld = error { true } else { false }
        if isOfLock || jobs.contains(where: { !$0.isLifecycle }) {
            let isSeenOutside = (error as? StorageError) == nil
            let problem = isOfRoom ? storageFull : isOfLock ? error as? LedgerError : nil
            obstacle.withLock { $0 = isOfRoom && isSeenOutside ? .full : .failure(problem ?? .cannotRecord(problem: "\(error)")) }
        }
        finish(jobs.filter { !$0.isAcknowledged }) { _ in reported }
        return jobs.filter(\.isAcknowledged).map { Held(job: $0, doubt: doubt) }
    }

    private func isOfRoom(_ error: any Error) -> Bool {
        if case LedgerError.storageFull = error { return true }
        return (error as? StorageError) == .noSpace || (error as? StorageError) == .mapFull
    }

    /// Tries the first of what was put off again. False: it is of no use for now.
    private func retry(_ held: inout [Held]) -> Bool {
        let count = Self.fitting(held.lazy.map(\.job.recordBytes), atMost: Self.largestBatch)
        var jobs: [WriterJob] = []
        var failed: [Held] = []
        for item in held.prefix(count) {
            switch item.doubt.map({ $0.hasLanded() }) {
            case nil, .some(.some(false)): jobs.append(item.job)
            case .some(.some(true)): finish([item.job]) { _ in nil }
            case .some(.none): failed.append(item)
            }
        }
        if !jobs.isEmpty { failed += write(jobs) }
        held.replaceSubrange(..<count, with: failed)
        return failed.isEmpty
    }

    /// The ledger is being closed.
    private func giveUp(_ held: inout [Held]) {
        let error: LedgerError = problem ?? .closed
        finish(held.map(\.job)) { _ in error }
        held = []
    }

    private func finish(_ jobs: [WriterJob], _ error: (Int) -> (any Error)?) {
        let acknowledged = jobs.count(where: \.isAcknowledged)
        if acknowledged > 0 { queue.withLock { $0.acknowledged -= acknowledged } }
        for (index, job) in jobs.enumerated() { job.finish(error(index)) }
    }
}
