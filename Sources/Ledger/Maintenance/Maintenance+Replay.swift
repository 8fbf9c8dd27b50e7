internal import EventLog
internal import Glibc
internal import KeyEvents
public import Projections
internal import Storage
internal import Synchronization

/// The result of a replay.
public struct ReplayReport: Sendable {
    /// The position of the last record that is reflected; `nil` for an empty log.
    public let position: UInt64?
    /// The number of records that were read.
    public let events: UInt64
    /// How long the replay took.
    public let duration: Duration
    /// The differences that a check found; empty for a rebuild.
    public let differences: DifferenceList
}

extension Maintenance {
    /// Rebuilds the state and the views from the records, or compares them with a rebuild, while everything else goes on.
    ///
    /// - Parameters:
    ///   - isCheck: whether the state and the views are only compared.
    ///   - progress: called from several threads with how many of how many records are done.
    /// - Returns: what the replay did.
    /// - Throws: the errors of reading the log and of writing the state and the views.
    @available(*, noasync)
    public func replay(isCheck: Bool, progress: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void) throws -> ReplayReport {
        let lock = try FileLock(path: ledger.folder.ledger + "/replay.lock")
        try lock.lockWhileHolderRuns()
        defer { lock.unlock() }
        let begin = ledger.options.clock.monotonic()
        let total = try ledger.environment.read { try ledger.reader.next($0) }
        let slowest = SlowestProgress(of: 2) { progress($0, max(total, $0)) }
        // The state and the views are rebuilt in parallel, each from its own reading of the log.
        let viewsWork = try Background { [self] in
            try isCheck
                ? ledger.views.check { slowest.report($0, from: 0) }
                : (ledger.views.rebuild { slowest.report($0, from: 0) }, DifferenceList())
        }
        let state = Result { [self] in
            try isCheck
                ? StateCheck(ledger.reader, ledger.stateTables).run(in: ledger.folder.views + "/state-check") {
                    slowest.report($0, from: 1)
                }
                : (StateRebuild(ledger.reader, ledger.stateTables).run { slowest.report($0, from: 1) }, DifferenceList())
        }
        let (viewsEnd, viewDifferences) = try viewsWork.wait()
        let (stateEnd, stateDifferences) = try state.get()
        var differences = stateDifferences
        differences.add(viewDifferences)
        let end = min(viewsEnd, stateEnd)
        // A replay uses the records that exist; whether more of them were signed is checked here.
        if !isCheck { ledger.holdAgainstCheckpoints() }
        return ReplayReport(
            position: end == 0 ? nil : end - 1, events: end,
            duration: ledger.options.clock.monotonic() - begin, differences: differences)
    }
}

/// Reports the progress of several readers of the same log: that of the slowest one.
private final class SlowestProgress: Sendable {
    private let done: Mutex<[UInt64]>
    private let report: @Sendable (UInt64) -> Void

    init(of count: Int, report: @escaping @Sendable (UInt64) -> Void) {
        done = Mutex([UInt64](repeating: 0, count: count))
        self.report = report
    }

    func report(_ position: UInt64, from reader: Int) {
        let slowest = done.withLock { done in
            done[reader] = position
            return done.min() ?? 0
        }
        report(slowest)
    }
}

/// Work on another thread, with its result.
private final class Background<R: Sendable>: Sendable {
    private final class Place: Sendable {
        let result = Mutex<Result<R, any Error>?>(nil)
    }

    private let place: Place
    private let thread: WorkThread

    init(_ body: @escaping @Sendable () throws -> R) throws {
        let place = Place()
        self.place = place
        thread = try WorkThread("ledger-replay") {
            let outcome = Result { try body() }
            place.result.withLock { $0 = outcome }
        }
    }

    func wait() throws -> R {
        thread.join()
        guard let outcome = place.result.withLock({ $0 }) else { preconditionFailure("the work ended without a result") }
        return try outcome.get()
    }
}

extension Maintenance {
    /// Replays the log as the method above does, for callers that must not block; the work has threads of its own.
    ///
    /// - Parameters:
    ///   - isCheck: whether the state and the views are only compared.
    ///   - progress: called from several threads with how many of how many records are done.
    /// - Returns: what the replay did.
    /// - Throws: what the method above throws, and an error where the system gives no thread.
    public func replay(
        isCheck: Bool, progress: @escaping @Sendable (_ done: UInt64, _ total: UInt64) -> Void
    ) async throws -> ReplayReport {
        try await WorkThread.result("ledger-replay") { [self] in try replay(isCheck: isCheck, progress: progress) }
    }
}
