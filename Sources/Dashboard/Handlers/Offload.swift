internal import Dispatch

/// Runs what reads much of the ledger away from the threads that answer calls.
func offload<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        queue.async { continuation.resume(with: Result { try body() }) }
    }
}

private let queue = DispatchQueue(label: "keyledger.dashboard", attributes: .concurrent)
