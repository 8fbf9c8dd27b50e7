public import Testing

/// Bounds how many tests hold ledgers at once. Swift Testing starts all tests of all targets in one process together; a ledger with
/// its views is a dozen descriptors.
///
/// A test holds one slot, however many ledgers it opens: fixtures take it, and within it take no other, so that nobody who holds a
/// slot waits for one. Fixtures whose ledger lives as long as a closure runs take it themselves. Those that are made by a synchronous
/// initializer cannot wait: their suites carry `.holdsLedgers`.
public enum LedgerSlots {
    /// Times what a test with two ledgers and some sockets holds: half of `OpenDescriptors.bound`.
    public static let count = 8

    @TaskLocal private static var isHeld = false

    private static let semaphore = AsyncSemaphore(count)

    public static func withSlot<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        guard !isHeld else { return try await body() }
        OpenDescriptors.watch()
        return try await semaphore.withPlace {
            defer { OpenDescriptors.reportExcess() }
            return try await $isHeld.withValue(true) { try await body() }
        }
    }
}

/// Gives each test case a slot for as long as it runs.
public struct LedgerSlotTrait: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await LedgerSlots.withSlot(function)
    }
}

extension Trait where Self == LedgerSlotTrait {
    /// For suites whose tests open ledgers, logs or environments of LMDB other than through `withLedger`, `run` and the like.
    public static var holdsLedgers: Self { Self() }
}
