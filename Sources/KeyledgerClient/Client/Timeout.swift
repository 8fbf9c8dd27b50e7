/// The error of `withTimeout`: the time limit has passed.
struct TimedOut: Error {}

/// Runs an operation with a time limit.
///
/// - Returns: What `body` returns.
/// - Throws: What `body` throws, or `TimedOut` when `limit` has passed; `body` is then cancelled.
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
