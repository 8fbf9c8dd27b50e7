internal import Synchronization

/// A counting semaphore whose waiters are tasks, which hold no thread while they wait. Waiters are served in the order of their
/// arrival.
public final class AsyncSemaphore: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    /// Creates a semaphore.
    ///
    /// - Parameter count: The number of permits.
    public init(_ count: Int) { state = Mutex(State(free: count)) }

    /// The number of free permits.
    public var free: Int { state.withLock { $0.free } }

    /// The number of waiters.
    public var waiting: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` with a permit, which is returned however `body` ends.
    public func withPlace<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async rethrows -> Result {
        await take()
        defer { giveBack() }
        return try await body()
    }

    private func take(isolation: isolated (any Actor)? = #isolation) async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    /// Returns a permit. It goes straight to the first waiter, where there is one.
    private func giveBack() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
