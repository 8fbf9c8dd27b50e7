/// The work of the one thread that writes to the ledger: it takes batches out of the queue, has them written, and tries deferred jobs
/// again.
struct WriterThread {
    private let queue: JobQueue
    private let writer: BatchWriter
    private var deferred = DeferredJobs()

    init(_ queue: JobQueue, _ writer: BatchWriter) {
        self.queue = queue
        self.writer = writer
    }

    /// Runs until the queue is closed and every job has finished.
    mutating func run() {
        while true {
            queue.waitForCommitDelay()
            let isRetryDue = deferred.isRetryDue
            let (batch, isClosed) = queue.takeBatch(staysAwake: isRetryDue)
            if !batch.isEmpty { deferred.add(writer.write(batch)) }
            let isLastAttempt = isClosed && batch.isEmpty && !deferred.isEmpty
            if isRetryDue || isLastAttempt {
                if !deferred.retry(queue, writer), isClosed, batch.isEmpty { deferred.giveUp(queue, writer.status.problem ?? .closed) }
            } else if batch.isEmpty {
                if isClosed { break }
                // A job that arrives in the meantime ends the wait, so that a revocation is not kept waiting by uses for which there is
                // no room.
                if deferred.isEmpty { queue.wait() } else { queue.wait(until: deferred.retryAt) }
            }
        }
    }
}
