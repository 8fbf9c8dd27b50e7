internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import Projections

/// The endpoint for the usage of keys.
enum UsageEndpoints {
    static let all: [Endpoint] = [
        .get("/v1/usage", query: ["keyId", "per", "from", "to"] + KeyPageRequest.parameters, .question(.keysRead, usage))
    ]

    private enum Per: String, CaseIterable {
        case hour, day
        /// One total of what was recorded between two points of the log, exactly.
        case total

        static let defaultPer = Per.day

        var bucket: Views.Bucket? {
            switch self {
            case .hour: .hour
            case .day: .day
            case .total: nil
            }
        }
    }

    @Sendable private static func usage(_ call: Call) throws -> Response {
        guard let text = call.query["keyId"] else { return try usageOfAll(call) }
        for name in KeyPageRequest.parameters where call.query.says(name, besides: KeyPageRequest.defaults[name]) {
            throw Problem.invalid(name, "is for lists; leave it out together with keyId.")
        }
        let per = try call.query.choice("per", Per.self) ?? .defaultPer
        let (ledger, caller) = (call.ledger, call.caller)
        let (from, to) = (try call.query.bound("from"), try call.query.bound("to"))
        guard let bucket = per.bucket else {
            let span = try ledger.past.span(from: from, to: to)
            guard let id = KeyID(text) else { throw ServiceError.unknownKey }
            let listed = try ledger.past.usage(of: id, in: span, for: caller)
            call.noteReading(.usage, of: [listed.key.state.accountID])
            return try .document(UsageDocument(listed, in: span))
        }
        guard let id = KeyID(text) else { throw ServiceError.unknownKey }
        let usage = try ledger.past.usage(of: id, by: bucket, from: from, to: to, for: caller)
        call.noteReading(.usage, of: [usage.listed.key.state.accountID])
        return try .document(UsageDocument(usage, per: bucket))
    }

    private static func usageOfAll(_ call: Call) throws -> Response {
        if call.query.says("per", besides: Per.defaultPer.rawValue) { throw Problem.invalid("per", "is for one key; give keyId too.") }
        let page = try KeyPageRequest(call.query)
        let (from, to) = (try call.query.bound("from"), try call.query.bound("to"))
        let span = from == nil && to == nil ? nil : try call.ledger.past.span(from: from, to: to)
        let (keys, next) = try page.read(call.ledger, call.caller, span.map { .span($0) } ?? .present, clock: call.ledger.time.now)
        call.noteReading(.usage, of: keys.map(\.key.state.accountID))
        return try .document(
            Page(data: keys.map { listed in span.map { UsageDocument(listed, in: $0) } ?? UsageDocument(listed) }, nextCursor: next))
    }
}
