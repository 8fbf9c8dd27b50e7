internal import Hummingbird
internal import Ledger

/// For load balancers and supervisors; they hold no key.
enum HealthEndpoints {
    static let alive = Endpoint.get("/healthz", .open(health))
    static let all: [Endpoint] = [alive, .get("/readyz", .open(readiness))]

    private struct Health: Encodable {
        let status = "ok"
    }

    private struct Readiness: Encodable {
        let status = "ready"
    }

    /// The process answers; that is all it says.
    @Sendable private static func health(_ call: OpenCall) async throws -> Response { try .document(Health()) }

    /// The ledger can be read, and uses can be recorded; how many records it holds is not told to strangers.
    @Sendable private static func readiness(_ call: OpenCall) async throws -> Response {
        let ledger = call.ledger
        // Not in the threads that answer calls: where the disk hangs, that is said in time.
        try await ledger.lanes.readiness.run(for: .stranger) {
            switch ledger.health.recordingProblem {
            // Whoever operates the server is to see at once which process it is.
            case .lockHeld(let problem)?: throw Problem(.unavailable, "Nothing can be recorded: \(problem)", headers: [.retryAfter: "5"])
            case let problem?: throw problem
            case nil: _ = try ledger.log.lastPosition()
            }
        }
        return try .document(Readiness())
    }
}
