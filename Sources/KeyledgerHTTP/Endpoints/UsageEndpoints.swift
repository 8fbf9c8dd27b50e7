internal import Hummingbird
internal import KeyEvents
internal import KeyService
internal import Projections

/// How keys were used.
enum UsageEndpoints {
    private static let ofOneKey = ["keyId", "per", "from", "to"]

    static let all: [Endpoint] = [.get("/v1/usage", query: ofOneKey + KeyPage.parameters, .key(.keysRead, usage))]

    private enum Per: String, CaseIterable {
        case hour, day

        var bucket: Views.Bucket { self == .hour ? .hour : .day }
    }

    @Sendable private static func usage(_ call: Call) async throws -> Response {
        guard let text = call.query["keyId"] else { return try await usageOfAll(call) }
        for name in KeyPage.parameters where call.query[name] != nil {
            throw Problem.invalid(name, "is for lists; leave it out together with keyId.")
        }
        let per = try call.query.choice("per", Per.self) ?? .day
        let span = try UsageSpan(per.bucket, from: call.query.time("from"), to: call.query.time("to"), now: call.ledger.now)
        guard let id = KeyID(text) else { throw ServiceError.unknownKey }
        let (ledger, caller) = (call.ledger, call.caller)
        let document = try await offload {
            let listed = try ledger.usage(of: id, for: caller)
            let buckets = try ledger.buckets(
                per.bucket, of: id, from: span.start, to: span.end, limit: UsageSpan.mostBuckets + 1, for: caller)
            return UsageDocument(listed, per: per.bucket, buckets: buckets)
        }
        return try .document(document)
    }

    private static func usageOfAll(_ call: Call) async throws -> Response {
        for name in ofOneKey where call.query[name] != nil { throw Problem.invalid(name, "is for one key; give keyId too.") }
        let page = try KeyPage(call.query, status: nil)
        let (keys, next) = try await page.read(call.ledger, call.caller, at: call.ledger.now)
        return try .document(Page(data: keys.map { UsageDocument($0) }, nextCursor: next))
    }
}
