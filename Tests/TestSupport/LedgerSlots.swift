public import Testing

/// Limits how many tests have ledgers open at once. Swift Testing starts all tests of all targets together in one process, and a
/// ledger with its views takes a dozen descriptors.
///
/// A test takes one slot, however many ledgers it opens: fixtures take the slot, and take no other while they have it, so that no
/// test with a slot waits for another one. Fixtures whose ledger lives as long as a closure runs take it themselves. Those that
/// are made by a synchronous initializer cannot wait: their suites have the trait `.holdsLedgers`.
public enum LedgerSlots {
    /// The number of slots. Multiplied by what a test with two ledgers and some sockets opens, it is half of
    /// `OpenDescriptors.bound`.
    public static let count = 8

    @TaskLocal private static var isHeld = false

    private static let semaphore = AsyncSemaphore(count)

    /// Runs `body` with a slot, or within the slot that the calling test already has.
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

/// Gives each test case a slot while it runs.
public struct LedgerSlotTrait: SuiteTrait, TestTrait, TestScoping {
    /// The trait applies to the tests of a suite too.
    public var isRecursive: Bool { true }

    /// Runs a test case with a slot.
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await LedgerSlots.withSlot(function)
    }
}

extension Trait where Self == LedgerSlotTrait {
    /// The trait of suites whose tests open ledgers, logs or environments of LMDB other than through `withLedger`, `run` and the
    /// like.
    public static var holdsLedgers: Self { Self() }
}
