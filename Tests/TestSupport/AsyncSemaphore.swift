internal import Synchronization

/// A counting semaphore whose waiters are tasks: they hold no thread meanwhile. First come, first served.
public final class AsyncSemaphore: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    /// - Parameter count: How many may hold it at once.
    public init(_ count: Int) { state = Mutex(State(free: count)) }

    /// How many could take a place now.
    public var free: Int { state.withLock { $0.free } }

    /// How many wait.
    public var waiting: Int { state.withLock { $0.waiting.count } }

    /// Runs `body` while it holds one of the places, which is given back however `body` ends.
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

    /// The place goes straight to who waits longest.
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
