import EventLog
import Storage
import Testing

@testable import Ledger

@Suite struct DeferredJobTests {
    @Test func theLastAttemptIsKnownFromItsCommit() {
        func attempt(_ hasLanded: Bool?) -> DeferredJob.Attempt {
            let doubt = UncertainCommit(cause: StorageError.inputOutput) { hasLanded }
            return DeferredJob(queued: QueuedJob(ProbeJob()), uncertainCommit: doubt).lastAttempt()
        }
        #expect(attempt(true) == .recorded)
        #expect(attempt(false) == .notRecorded)
        #expect(attempt(nil) == .unknown)
        #expect(DeferredJob(queued: QueuedJob(ProbeJob())).lastAttempt() == .notRecorded)
    }
}
