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
        /// What does not work, while keys are validated all the same. The sentences name no account and no path: no key is required to
        /// read them.
        let problems: [String]
    }

    /// Responds as long as the process can, and says nothing else.
    @Sendable private static func health(_ call: OpenCall) async throws -> Response { try .document(Health()) }

    /// Responds when the ledger can be read and uses can be recorded, and says what else does not work. The number of records is not
    /// disclosed, because no key is required.
    @Sendable private static func readiness(_ call: OpenCall) async throws -> Response {
        let ledger = call.ledger
        // The check runs outside the threads that answer calls, so that a hanging disk is reported in time.
        let problems: [String] = try await ledger.lanes.readiness.run(for: .stranger) {
            switch ledger.health.recordingProblem {
            // The operator of the server must see at once which process it is.
            case .lockHeld(let problem)?: throw Problem(.unavailable, "Nothing can be recorded: \(problem)", headers: [.retryAfter: "5"])
            case let problem?: throw problem
            case nil: _ = try ledger.log.lastPosition()
            }
            return ledger.health.problems.map(\.sentence)
        }
        return try .document(Readiness(problems: problems))
    }
}

extension HealthProblem {
    /// The sentence for whoever looks: it names no account and no path, since no key is required to read it.
    fileprivate var sentence: String {
        switch self {
        case .vault:
            "The vault, or a data key in it, cannot be read or written: calls that record or need names, reasons or addresses sealed with it are"
                + " answered 503. Keys are validated all the same, but for those that are restricted to addresses; keyledger doctor says more."
        case .lostDataKey:
            "A data key of the vault is lost, and the log does not say that it was destroyed: names, reasons and addresses sealed with it cannot be"
                + " read, and keys that are restricted to addresses are refused. Restore the vault from a backup; keyledger doctor says more."
        case .openVault:
            "Other users of the server may read or change the vault, or it belongs to another user; the ledger will not be opened again until its"
                + " mode is 700."
        case .signingKey:
            "The key that signs the log is missing, is another one, or cannot be read, so no new checkpoint is signed; keyledger doctor says more."
        case .checkpoints:
            "The folder of the checkpoints cannot be written, so that no new checkpoint is stored, or the newest one in it is damaged; keyledger"
                + " audit verify says more."
        }
    }
}
