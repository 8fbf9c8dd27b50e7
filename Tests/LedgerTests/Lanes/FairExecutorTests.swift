import Dispatch
import Glibc
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Ledger

@Suite struct FairExecutorTests {
    private static func limits(_ wait: Duration = .seconds(120), _ stay: Duration = .seconds(240)) -> FairLimits {
        FairLimits(
            threads: 3, threadsOfTenant: 1, threadsReserved: 1, waiting: 8, waitingOfTenant: 2, waitingReserved: 2, maxWait: wait,
            maxStay: stay)
    }

    private static func executor(_ limits: FairLimits = limits()) -> FairExecutor<Int> {
        FairExecutor("test", niceness: 5, limits) { $0 == 0 }
    }

    /// Holds threads until it is opened.
    private final class Barrier: Sendable {
        private let reached = DispatchSemaphore(value: 0)
        private let opened = DispatchSemaphore(value: 0)

        func hold() {
            reached.signal()
            opened.wait()
            opened.signal()
        }

        func open() { opened.signal() }

        func waitUntilHeld() async { while reached.wait(timeout: .now()) == .timedOut { try? await Task.sleep(for: .milliseconds(1)) } }
    }

    /// How many run at once.
    private final class Gauge: Sendable {
        private let counts = Mutex<(now: [Int: Int], peak: Int, peakOfOne: Int)>(([:], 0, 0))

        var peak: (all: Int, ofOne: Int) { counts.withLock { ($0.peak, $0.peakOfOne) } }

        func begin(_ tenant: Int) {
            counts.withLock { counts in
                counts.now[tenant, default: 0] += 1
                counts.peak = max(counts.peak, counts.now.values.reduce(0, +))
                counts.peakOfOne = max(counts.peakOfOne, counts.now.values.max() ?? 0)
            }
        }

        func end(_ tenant: Int) { counts.withLock { $0.now[tenant, default: 0] -= 1 } }
    }

    @Test func oneTenantThatAsksALotWaitsForItselfAlone() async throws {
        let (executor, barrier) = (Self.executor(), Barrier())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await executor.run(for: 1) { barrier.hold() } }
            await barrier.waitUntilHeld()
            for _ in 0..<2 { group.addTask { try await executor.run(for: 1) { barrier.hold() } } }
            await waitUntil { executor.load.waiting >= 2 }
            await #expect(throws: FairRefusal.tenantIsFull) { try await executor.run(for: 1) {} }
            #expect(executor.load == (1, 2))
            // Others have the other threads, again and again.
            for tenant in 2..<30 { #expect(try await executor.run(for: tenant) { tenant * 2 } == tenant * 2) }
            barrier.open()
            try await group.waitForAll()
        }
        #expect(try await executor.run(for: 1) { 7 } == 7)
    }

    @Test func somethingIsKeptForThePrivileged() async throws {
        let (executor, barrier) = (Self.executor(), Barrier())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for tenant in 1...2 {
                group.addTask { try await executor.run(for: tenant) { barrier.hold() } }
                await barrier.waitUntilHeld()
            }
            for tenant in 3...8 { group.addTask { try await executor.run(for: tenant) {} } }
            await waitUntil { executor.load.waiting >= 6 }
            #expect(executor.load == (2, 6))
            await #expect(throws: FairRefusal.isFull) { try await executor.run(for: 9) {} }
            #expect(try await executor.run(for: 0) { "done" } == "done")
            barrier.open()
            try await group.waitForAll()
        }
    }

    @Test func whatWaitedTooLongNeverRuns() async throws {
        let (executor, barrier, hasRun) = (Self.executor(Self.limits(.milliseconds(50))), Barrier(), Flag())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await executor.run(for: 1) { barrier.hold() } }
            await barrier.waitUntilHeld()
            await #expect(throws: FairRefusal.waitedTooLong(.milliseconds(50))) { try await executor.run(for: 1) { hasRun.set() } }
            #expect(executor.load.waiting == 0)
            barrier.open()
            try await group.waitForAll()
        }
        try await executor.run(for: 1) {}
        #expect(!hasRun.isSet)
    }

    @Test func whatTakesTooLongIsGivenUpAndToldToEnd() async throws {
        let (executor, ended) = (Self.executor(Self.limits(.milliseconds(20), .milliseconds(100))), Flag())
        await #expect(throws: FairRefusal.tookTooLong(.milliseconds(100))) {
            try await executor.run(for: 1) {
                do {
                    while true {
                        usleep(1000)
                        try Cancellation.check()
                    }
                } catch {
                    ended.set()
                    throw error
                }
            }
        }
        await waitUntil { ended.isSet }
        // Its thread is free for others.
        #expect(try await executor.run(for: 1) { Cancellation.current != nil })
    }

    @Test func whatIsShieldedGoesOn() async throws {
        let executor = Self.executor(Self.limits(.milliseconds(20), .milliseconds(100)))
        #expect(try await executor.run(for: 1) { Cancellation.shielded { Cancellation.current == nil } })
        #expect(Cancellation.current == nil)
    }

    @Test func whoseCallerIsGoneIsToldToEnd() async throws {
        let (executor, begun, ended) = (Self.executor(), Flag(), Flag())
        let task = Task {
            try await executor.run(for: 1) {
                begun.set()
                defer { ended.set() }
                while true {
                    usleep(1000)
                    try Cancellation.check()
                }
            }
        }
        await waitUntil { begun.isSet }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await waitUntil { ended.isSet }
    }

    @Test func noMoreRunAtOnceThanThereAreThreads() async throws {
        let executor = FairExecutor<Int>(
            "test", FairLimits(threads: 3, threadsOfTenant: 2, waiting: 2000, maxWait: .seconds(120), maxStay: .seconds(240)))
        let gauge = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<2000 {
                group.addTask {
                    try await executor.run(for: number % 3) {
                        gauge.begin(number % 3)
                        for _ in 0..<200 { _ = Cancellation.current }
                        gauge.end(number % 3)
                    }
                }
            }
            try await group.waitForAll()
        }
        let (peak, peakOfOne) = gauge.peak
        #expect(peak <= 3 && peakOfOne <= 2)
        #expect(executor.load == (0, 0))
    }

    @Test func whatIsThrownIsHandedOn() async throws {
        await #expect(throws: TestFailure.self) { try await Self.executor().run(for: 1) { throw TestFailure("no") } }
    }
}
