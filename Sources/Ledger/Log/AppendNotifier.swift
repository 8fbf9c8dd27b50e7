internal import EventLog
internal import Storage
internal import Synchronization

/// Notifies callers that wait for the next event, whichever process records it: one task polls the log every few milliseconds on behalf
/// of all, and ends when no caller waits any more.
public final class AppendNotifier: Sendable {
    private struct Waiter {
        let position: UInt64
        /// The end of the wait by the monotonic clock.
        let deadlineMicroseconds: MonotonicInstant
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var waiters: [UInt64: Waiter] = [:]
        var nextID: UInt64 = 0
        var isLooking = false
    }

    private static let pause = Duration.milliseconds(10)

    private let reader: LogReader
    private let clock: LedgerClock
    private let state = Mutex(State())

    init(_ reader: LogReader, _ clock: LedgerClock) {
        self.reader = reader
        self.clock = clock
    }

    /// Waits until there is a record at `position`, until `duration` has passed, or until the task is cancelled.
    ///
    /// - Parameters:
    ///   - position: the position of the record.
    ///   - duration: the maximum time of the wait.
    public func wait(for position: UInt64, atMost duration: Duration) async {
        let deadlineMicroseconds = clock.monotonic() + duration
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A cancellation before this point leaves no waiter, and one after it finds the waiter.
                let isFirst: Bool? = state.withLock { state in
                    if Task.isCancelled { return nil }
                    state.waiters[id] = Waiter(position: position, deadlineMicroseconds: deadlineMicroseconds, continuation: continuation)
                    defer { state.isLooking = true }
                    return !state.isLooking
                }
                guard let isFirst else { return continuation.resume() }
                if isFirst { Task.detached { await self.poll() } }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.continuation.resume()
        }
    }

    private func poll() async {
        while wakeThoseDue() { try? await Task.sleep(for: Self.pause) }
    }

    /// Wakes the waiters whose record or deadline has come, and returns whether others still wait.
    private func wakeThoseDue() -> Bool {
        // All waiters are woken where the log cannot be read, and find the error themselves.
        let next = (try? reader.environment.read { try reader.next($0) }) ?? .max
        let now = clock.monotonic()
        let (due, isLooking) = state.withLock { state in
            let due = state.waiters.filter { next > $0.value.position || now >= $0.value.deadlineMicroseconds }
            for id in due.keys { state.waiters[id] = nil }
            state.isLooking = !state.waiters.isEmpty
            return (due.values.map(\.continuation), state.isLooking)
        }
        for continuation in due { continuation.resume() }
        return isLooking
    }
}
