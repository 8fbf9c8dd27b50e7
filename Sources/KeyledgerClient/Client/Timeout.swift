/// The time given to something is over.
struct TimedOut: Error {}

/// What `body` gives; throws `TimedOut` when it has not within `limit`, after cancelling it.
func withTimeout<Value: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        defer { group.cancelAll() }
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TimedOut()
        }
        guard let first = try await group.next() else { throw TimedOut() }
        return first
    }
}
