import Synchronization
import Testing

@testable import Storage

@Suite struct WorkThreadTests {
    private struct Failure: Error {}

    @Test func joiningWaitsForTheWork() throws {
        let count = Atomic<Int>(0)
        for _ in 0..<20 {
            let thread = try WorkThread("a name that is longer than the system takes") { count.add(1, ordering: .relaxed) }
            thread.join()
            thread.join()
        }
        #expect(count.load(ordering: .relaxed) == 20)
    }

    @Test func resultsAndErrorsAreHandedOn() async throws {
        #expect(try await WorkThread.result("test", niceness: 10) { 7 } == 7)
        await #expect(throws: Failure.self) { try await WorkThread.result("test") { throw Failure() } }
    }

    @Test func whatWasCancelledSaysSoWhereItLooks() {
        let cancellation = Cancellation()
        #expect(throws: Never.self) { try Cancellation.check() }
        Cancellation.$current.withValue(cancellation) {
            #expect(throws: Never.self) { try Cancellation.check() }
            cancellation.cancel()
            #expect(throws: Cancellation.Cancelled.self) { try Cancellation.check() }
            #expect(throws: Never.self) { try Cancellation.shielded { try Cancellation.check() } }
            #expect(throws: Cancellation.Cancelled.self) { try Cancellation.check() }
        }
        #expect(throws: Never.self) { try Cancellation.check() }
    }
}
