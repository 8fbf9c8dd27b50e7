internal import Hummingbird
internal import KeyEvents
internal import KeyService
internal import Projections

/// How keys were used.
enum UsageEndpoints {
    /// Most hours or days that one question may span.
    static let mostBuckets: Int64 = 1000

    private static let ofOneKey = ["keyId", "per", "from", "to"]

    static let all: [Endpoint] = [.get("/v1/usage", query: ofOneKey + KeyPage.parameters, .key(.keysRead, usage))]

    private enum Per: String, CaseIterable {
        case hour, day

        var bucket: Views.Bucket { self == .hour ? .hour : .day }

        /// What is shown when nothing else is asked for: a week of hours, or a quarter of days.
        var usualSpan: Int64 { self == .hour ? 7 * 24 : 90 }
    }

    @Sendable private static func usage(_ call: Call) async throws -> Response {
        guard let text = call.query["keyId"] else { return try await usageOfAll(call) }
        for name in KeyPage.parameters where call.query[name] != nil {
            throw Problem.invalid(name, "is for lists; leave it out together with keyId.")
        }
        let per = try call.query.choice("per", Per.self) ?? .day
        let end = try time("to", call.query) ?? call.ledger.now
        let start = try time("from", call.query) ?? end.adding(seconds: -per.usualSpan * per.bucket.width)
        guard start < end else { throw Problem.invalid("from", "must lie before to.") }
        guard end.second - start.second <= mostBuckets * per.bucket.width else {
            throw Problem.invalid("from", "and to span more than \(mostBuckets) \(per.rawValue)s; ask for less at a time.")
        }
        guard let id = KeyID(text) else { throw ServiceError.unknownKey }
        let (ledger, caller) = (call.ledger, call.caller)
        let document = try await offload {
            let listed = try ledger.usage(of: id, for: caller)
            let buckets = try ledger.buckets(
                per.bucket, of: id, from: start, to: end, limit: Int(mostBuckets) + 1, for: caller)
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

    private static func time(_ name: String, _ query: Query) throws(Problem) -> Timestamp? {
        guard let text = query[name] else { return nil }
        guard let time = Timestamp(rfc3339: text) else { throw .invalid(name, "must be a time such as 2027-01-01T00:00:00Z.") }
        return time
    }
}
