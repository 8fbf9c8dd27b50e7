internal import Dispatch

/// The acknowledged jobs that could not be recorded yet, in the order in which they are tried again. They belong to the writer's thread.
struct DeferredJobs {
    /// The pause between two attempts to record deferred jobs.
    private static let retryPause = DispatchTimeInterval.milliseconds(100)

    private var jobs: [DeferredJob] = []
    private(set) var retryAt = DispatchTime.now()

    var isEmpty: Bool { jobs.isEmpty }

    var isRetryDue: Bool { !isEmpty && retryAt <= .now() }

    /// Defers jobs that have just failed.
    mutating func add(_ failed: [DeferredJob]) {
        guard !failed.isEmpty else { return }
        postpone()
        jobs += failed
    }

    /// Tries the first of the deferred jobs again, as many as go into one batch. Returns false where some of them could not be
    /// recorded.
    mutating func retry(_ queue: JobQueue, _ writer: BatchWriter) -> Bool {
        let count = BatchLimits.count(jobs.lazy.map(\.queued.job.recordBytes))
        var batch: [QueuedJob] = []
        var failed: [DeferredJob] = []
        for deferred in jobs.prefix(count) {
            switch deferred.lastAttempt() {
            case .notRecorded: batch.append(deferred.queued)
            case .recorded: queue.finish([deferred.queued]) { _ in nil }
            case .unknown: failed.append(deferred)
            }
        }
        if !batch.isEmpty { failed += writer.write(batch) }
        jobs.replaceSubrange(..<count, with: failed)
        if !failed.isEmpty { postpone() }
        return failed.isEmpty
    }

    /// Fails all deferred jobs, because the ledger is being closed.
    mutating func giveUp(_ queue: JobQueue, _ error: LedgerError) {
        queue.finish(jobs.map(\.queued)) { _ in error }
        jobs = []
    }

    private mutating func postpone() { retryAt = .now() + Self.retryPause }
}
