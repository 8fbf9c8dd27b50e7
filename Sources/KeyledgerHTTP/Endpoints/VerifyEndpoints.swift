internal import Hummingbird
internal import KeyEvents
internal import KeyService
internal import Validation

/// Verdicts on the keys of those who call a calling service.
enum VerifyEndpoints {
    static let largestBatch = 100

    static let all: [Endpoint] = [
        .post("/v1/verify", .key(.verify, verify)),
        .post("/v1/verify/batch", .key(.verify, verifyBatch)),
    ]

    private struct Results: Encodable {
        let results: [VerdictDocument]
    }

    @Sendable private static func verify(_ call: Call) async throws -> Response {
        let request = try VerifyRequest(try await call.body(upTo: RequestLimits.largeBody), account: call.caller.visibleAccount)
        return try .document(await request.verdict(call, at: try await request.moment(call.ledger)))
    }

    /// All at once, so that the uses share a commit. Where one cannot be answered, none is, though uses may be recorded.
    @Sendable private static func verifyBatch(_ call: Call) async throws -> Response {
        var fields = try RequestFields(try await call.body(upTo: RequestLimits.largeBody), secrets: ["requests"])
        guard let list = fields.take("requests") else { throw Problem.invalid("requests", "is missing.") }
        guard case .array(let elements) = list else { throw Problem.invalid("requests", "must be a list, not \(list.kind).") }
        try fields.end()
        guard (1...largestBatch).contains(elements.count) else {
            throw Problem.invalid("requests", "must hold 1 to \(largestBatch) requests, not \(elements.count).")
        }
        let requests = try elements.enumerated().map { index, element in
            try VerifyRequest(element, path: "requests[\(index)].", account: call.caller.visibleAccount)
        }
        var moments: [Moment?] = []
        for request in requests { moments.append(try await request.moment(call.ledger)) }
        let results = try await withThrowingTaskGroup(of: (Int, VerdictDocument).self) { group in
            for (index, request) in requests.enumerated() {
                let moment = moments[index]
                group.addTask { (index, try await request.verdict(call, at: moment)) }
            }
            return try await group.reduce(into: [VerdictDocument?](repeating: nil, count: requests.count)) { $0[$1.0] = $1.1 }
        }
        return try .document(Results(results: results.compactMap(\.self)))
    }
}
