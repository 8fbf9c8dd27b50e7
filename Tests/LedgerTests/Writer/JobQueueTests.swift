import Testing

@testable import Ledger

@Suite struct JobQueueTests {
    @Test func lifecycleCommandsComeFirstAndABatchIsBounded() {
        let queue = JobQueue()
        let uses = (0..<600).map { _ in ProbeJob() }
        let commands = (0..<3).map { _ in ProbeJob(isLifecycle: true) }
        for job in uses + commands { #expect(queue.append(QueuedJob(job))) }
        let expected = commands + uses
        let first = queue.takeBatch(staysAwake: false).batch
        #expect(first.count == BatchLimits.maxJobs)
        let second = queue.takeBatch(staysAwake: false).batch
        #expect((first + second).map { ObjectIdentifier($0.job) } == expected.map { ObjectIdentifier($0) })
        #expect(queue.takeBatch(staysAwake: false).batch.isEmpty)
    }

    /// Acknowledged jobs count until they have finished; others do not count.
    @Test func acknowledgedJobsAreLimited() {
        let queue = JobQueue()
        for _ in 0..<10 { #expect(queue.append(QueuedJob(ProbeJob()), limit: 2)) }
        for _ in 0..<2 { #expect(queue.append(QueuedJob(ProbeJob(isAcknowledged: true)), limit: 2)) }
        #expect(!queue.append(QueuedJob(ProbeJob(isAcknowledged: true)), limit: 2))
        let batch = queue.takeBatch(staysAwake: false).batch
        #expect(!queue.append(QueuedJob(ProbeJob(isAcknowledged: true)), limit: 2))
        queue.finish(batch) { _ in nil }
        #expect(queue.append(QueuedJob(ProbeJob(isAcknowledged: true)), limit: 2))
    }

    @Test func aClosedQueueGivesWhatItHasAndTakesNothing() {
        let queue = JobQueue()
        #expect(queue.append(QueuedJob(ProbeJob())))
        queue.close()
        #expect(!queue.append(QueuedJob(ProbeJob())))
        let last = queue.takeBatch(staysAwake: false)
        #expect(last.batch.count == 1 && last.isClosed)
    }

    @Test func eachJobFinishesWithItsOwnError() {
        let queue = JobQueue()
        let jobs = (0..<3).map { _ in ProbeJob() }
        queue.finish(jobs.map { QueuedJob($0) }) { $0 == 1 ? LedgerError.closed : nil }
        #expect(jobs.map(\.ends) == [[.done], [.failed("\(LedgerError.closed)")], [.done]])
    }

    @Test(arguments: [
        ([Int](), 0), ([1, 1, 1], 3), ([1 << 21, 1], 1), ([1 << 19, 1 << 19, 1], 2), (Array(repeating: 1, count: 600), 512),
    ])
    func aTurnTakesWhatFits(_ sizes: [Int], _ count: Int) { #expect(BatchLimits.count(sizes) == count) }
}
