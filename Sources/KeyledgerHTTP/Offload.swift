internal import Dispatch

/// Runs what blocks on the disk away from the threads that answer calls.
func offload<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        offloadQueue.async { continuation.resume(with: Result { try body() }) }
    }
}

private let offloadQueue = DispatchQueue(label: "keyledger.http.offload", attributes: .concurrent)
