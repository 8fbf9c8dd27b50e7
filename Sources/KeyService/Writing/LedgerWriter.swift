internal import Dispatch
internal import EventLog
internal import Glibc
internal import KeyEvents
internal import LMDB
internal import Projections
internal import Synchronization

/// The one thread of this process that writes to the ledger. It takes what has queued, up to a bound, into one turn: one
/// commit for all of them.
final class LedgerWriter: Sendable {
    /// Jobs a turn takes at most: with more, others on the host wait longer for theirs.
    private static let largestBatch = 512
    /// Room that a batch of uses may take, and that must be there before one is written.
    private static let batchRoom = 2 << 20
    /// Space only lifecycle commands may use, in bytes.
    static let reserve = 4 << 20
    /// Uses that may wait for their record after their caller was answered. What a crash can lose at most.
    static let bufferedUses = 16_384

    private struct Queue {
        var lifecycle: [WriterJob] = []
        var others: [WriterJob] = []
        var isWriterAsleep = false
        var isClosed = false

        var isEmpty: Bool { lifecycle.isEmpty && others.isEmpty }
    }

    private let sequencer: any Sequencer
    private let stateTables: StateTables
    private let queue = Mutex(Queue())
    private let wake = DispatchSemaphore(value: 0)
    private let thread = WriterThread()
    /// The last batch found no room for uses.
    private let isFull = Atomic<Bool>(false)

    init(_ sequencer: any Sequencer) {
        self.sequencer = sequencer
        let environment = sequencer.reader.environment
        stateTables = StateTables(environment)
        // So that on a disk that is full from the start not even the first use is accepted unrecorded.
        isFull.store(!environment.ensureRoom(Self.reserve + Self.batchRoom), ordering: .relaxed)
        thread.start { [self] in run() }
    }

    var isStorageFull: Bool { isFull.load(ordering: .relaxed) }

    /// False: the buffer is full, and the caller has to wait for its record instead.
    func enqueueBuffered(_ job: WriterJob) -> Bool { enqueue(job, limit: Self.bufferedUses) }

    func enqueue(_ job: WriterJob) {
        if !enqueue(job, limit: .max) { job.finish(LedgerError.closed) }
    }

    private func enqueue(_ job: WriterJob, limit: Int) -> Bool {
        let outcome: (isTaken: Bool, mustWake: Bool) = queue.withLock { queue in
            guard !queue.isClosed, queue.others.count < limit else { return (false, false) }
            if job.isLifecycle { queue.lifecycle.append(job) } else { queue.others.append(job) }
            defer { queue.isWriterAsleep = false }
            return (true, queue.isWriterAsleep)
        }
        if outcome.mustWake { wake.signal() }
        return outcome.isTaken
    }

    /// Takes no more jobs, finishes those it has, and ends the thread, which lets go of the files.
    func close() {
        let mustWake = queue.withLock { queue in
            queue.isClosed = true
            defer { queue.isWriterAsleep = false }
            return queue.isWriterAsleep
        }
        if mustWake { wake.signal() }
        thread.join()
    }

    // MARK: The writer's thread

    private func run() {
        while true {
            let (batch, isClosed) = queue.withLock { queue in
                let batch = Self.take(&queue)
                if batch.isEmpty, !queue.isClosed { queue.isWriterAsleep = true }
                return (batch, queue.isClosed)
            }
            if !batch.isEmpty {
                write(batch, isClosing: isClosed)
            } else if isClosed {
                break
            } else {
                wake.wait()
            }
        }
    }

    private static func take(_ queue: inout Queue) -> [WriterJob] {
        if queue.lifecycle.isEmpty, queue.others.count <= largestBatch {
            defer { queue.others.removeAll(keepingCapacity: true) }
            return queue.others
        }
        let lifecycle = queue.lifecycle.prefix(largestBatch)
        let others = queue.others.prefix(largestBatch - lifecycle.count)
        queue.lifecycle.removeFirst(lifecycle.count)
        queue.others.removeFirst(others.count)
        return Array(lifecycle) + Array(others)
    }

    private func write(_ batch: [WriterJob], isClosing: Bool) {
        let environment = sequencer.reader.environment
        let hasRoom = environment.ensureRoom(Self.reserve + Self.batchRoom)
        isFull.store(!hasRoom, ordering: .relaxed)
        guard !hasRoom else { return carryOut(batch, isClosing: isClosing) }
        carryOut(batch.filter(\.isLifecycle), isClosing: isClosing)
        let waiting = batch.filter { !$0.isLifecycle }
        let error = LedgerError.storageFull(path: environment.path)
        for job in waiting where !job.isAcknowledged || isClosing { job.finish(error) }
        putBack(waiting.filter { $0.isAcknowledged && !isClosing })
    }

    private func carryOut(_ jobs: [WriterJob], isClosing: Bool) {
        guard !jobs.isEmpty else { return }
        do {
            let failures = try sequencer.takeTurn { transaction, appender in
                var turn = try Turn(stateTables, sequencer.reader.tables, transaction)
                var failures: [Int: any Error] = [:]
                for (index, job) in jobs.enumerated() {
                    let before = appender.next
                    do {
                        try job.perform(&turn, &transaction, &appender)
                    } catch {
                        if appender.next != before || error is LMDBError { throw error }
                        failures[index] = error
                    }
                }
                return failures
            }
            for (index, job) in jobs.enumerated() { job.finish(failures[index]) }
        } catch {
            let isSpaceShort = (error as? LMDBError) == .noSpace || (error as? LMDBError) == .mapFull
            let path = sequencer.reader.environment.path
            let reported: any Error = isSpaceShort ? LedgerError.storageFull(path: path) : error
            if isSpaceShort { isFull.store(true, ordering: .relaxed) }
            for job in jobs where !job.isAcknowledged || isClosing || !isSpaceShort { job.finish(reported) }
            putBack(isSpaceShort && !isClosing ? jobs.filter(\.isAcknowledged) : [])
        }
    }

    /// Acknowledged uses stay until there is room again.
    private func putBack(_ jobs: [WriterJob]) {
        guard !jobs.isEmpty else { return }
        queue.withLock { queue in queue.others = jobs + queue.others }
        usleep(100_000)
    }
}

/// A thread of its own: a turn blocks on the disk and on other processes, which would starve the cooperative pool.
private final class WriterThread: Sendable {
    private let running = Mutex<pthread_t?>(nil)

    func start(_ body: @escaping @Sendable () -> Void) {
        let context = unsafe Unmanaged.passRetained(Work(body)).toOpaque()
        var thread = pthread_t()
        unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().body()
                return nil
            }, context)
        running.withLock { $0 = thread }
    }

    /// Returns once the thread has ended and let go of all that its work held.
    func join() {
        running.withLock { thread in
            if let thread { pthread_join(thread, nil) }
            thread = nil
        }
    }

    private final class Work: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
