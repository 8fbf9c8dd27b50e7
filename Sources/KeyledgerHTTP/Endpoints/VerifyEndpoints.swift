internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import Validation

/// The endpoints with which a service verifies the keys of its own callers.
enum VerifyEndpoints {
    static let maxBatchSize = 100

    static let all: [Endpoint] = [
        .post("/v1/verify", .key(.verify, verify)).aboutAnotherKey,
        .post("/v1/verify/batch", .key(.verify, verifyBatch)).aboutAnotherKey,
        IntrospectEndpoint.introspect,
    ]

    private struct Results: Encodable {
        let results: [VerdictDocument]
    }

    @Sendable private static func verify(_ call: Call) async throws -> Response {
        let request = try VerifyRequest(
            try await call.body(upTo: RequestLimits.largeBody), account: call.caller.visibleAccount, prefix: call.ledger.prefix)
        if let past = try await Self.pastVerdicts([request], call)[0] { return try .document(past) }
        return try .document(await request.verdict(call.caller.actor, in: call.ledger))
    }

    /// Answers the requests about the past as one query, before anything is recorded; the result is `nil` for requests about
    /// the present.
    private static func pastVerdicts(_ requests: [VerifyRequest], _ call: Call) async throws -> [VerdictDocument?] {
        guard requests.contains(where: \.isOfPast) else { return Array(repeating: nil, count: requests.count) }
        for request in requests where request.isOfPast { try await request.waitForPosition(call.ledger) }
        return try await call.ask { try requests.map { try $0.pastVerdict(call.caller.actor, in: call.ledger) } }
    }

    /// Verifies several keys concurrently, so that the uses share a commit. If one request fails the whole response does,
    /// though uses may have been recorded.
    @Sendable private static func verifyBatch(_ call: Call) async throws -> Response {
        var fields = try RequestFields(
            try await call.body(upTo: RequestLimits.largeBody), secrets: ["requests"], prefix: call.ledger.prefix)
        guard let list = fields.take("requests") else { throw Problem.invalid("requests", "is missing.") }
        guard case .array(let elements) = list else { throw Problem.invalid("requests", "must be a list, not \(list.kind).") }
        try fields.end()
        guard (1...maxBatchSize).contains(elements.count) else {
            throw Problem.invalid("requests", "must hold 1 to \(maxBatchSize) requests, not \(elements.count).")
        }
        let requests = try elements.enumerated().map { index, element in
            try VerifyRequest(element, path: "requests[\(index)].", account: call.caller.visibleAccount, prefix: call.ledger.prefix)
        }
        let past = try await Self.pastVerdicts(requests, call)
        let results = try await withThrowingTaskGroup(of: (Int, VerdictDocument).self) { group in
            for (index, request) in requests.enumerated() where past[index] == nil {
                group.addTask { (index, try await request.verdict(call.caller.actor, in: call.ledger)) }
            }
            return try await group.reduce(into: past) { $0[$1.0] = $1.1 }
        }
        return try .document(Results(results: results.compactMap(\.self)))
    }
}
