internal import Hummingbird
internal import Ledger
internal import LedgerAPI

/// The endpoints for load balancers and supervisors, which present no key.
enum HealthEndpoints {
    static let alive = Endpoint.get("/healthz", .open(health))
    static let all: [Endpoint] = [alive, .get("/readyz", .open(readiness))]

    private struct Health: Encodable {
        let status = "ok"
    }

    private struct Readiness: Encodable {
        let status = "ready"
    }

    /// Responds as long as the process can, and says nothing else.
    @Sendable private static func health(_ call: OpenCall) async throws -> Response { try .document(Health()) }

    /// Responds when the ledger can be read and uses can be recorded. The number of records is not disclosed, because no key is
    /// required.
    @Sendable private static func readiness(_ call: OpenCall) async throws -> Response {
        let ledger = call.ledger
        // The check runs outside the threads that answer calls, so that a hanging disk is reported in time.
        try await ledger.lanes.readiness.run(for: .stranger) {
            switch ledger.health.recordingProblem {
            // The operator of the server must see at once which process it is.
            case .lockHeld(let problem)?: throw Problem(.unavailable, "Nothing can be recorded: \(problem)", headers: [.retryAfter: "5"])
            case let problem?: throw problem
            case nil: _ = try ledger.log.lastPosition()
            }
        }
        return try .document(Readiness())
    }
}
