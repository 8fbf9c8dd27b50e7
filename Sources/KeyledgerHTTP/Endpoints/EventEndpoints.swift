internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerAudit
internal import LedgerQueries
internal import NIOCore

/// The endpoint for events, in the order of the log: as pages, or as a stream that goes on.
struct EventEndpoints: Sendable {
    private static let ofPages = ["limit", "cursor", "proof", "oldSize"]
    private static let ofStreams = ["lastEventId"]
    private static let defaultLimit = 100
    private static let maxLimit = 1000
    /// The maximum size of the records on a page, in bytes.
    private static let pageBytes = 1 << 20

    let streams: EventStreams

    var all: [Endpoint] {
        [
            .get(
                "/v1/events", query: EventQuery.parameters + Self.ofPages + Self.ofStreams, repeatable: ["type"],
                .key(.logRead, answer))
        ]
    }

    @Sendable private func answer(_ call: Call) async throws -> Response {
        let eventQuery = try EventQuery(call.query)
        let filter = try call.ledger.events.filter(eventQuery.filter, for: call.caller)
        if Self.wantsStream(call.request) { return try await stream(filter, from: eventQuery.from, call) }
        return try await call.ask { try page(filter, from: eventQuery.from, call) }
    }

    /// Whether the client prefers a stream to a page. A stream never ends, and generated clients say that they take both.
    private static func wantsStream(_ request: Request) -> Bool {
        let accepted = AcceptedTypes(request.headers[values: .accept])
        return accepted.quality(of: "text/event-stream") > accepted.quality(of: "application/json")
    }

    private func page(_ filter: EventFilter, from: UInt64?, _ call: Call) throws -> Response {
        let given = Self.ofStreams.filter { call.query[$0] != nil } + (call.request.headers[.lastEventID] == nil ? [] : ["Last-Event-ID"])
        if let name = given.first { throw Problem.invalid(name, "is for streams; send “Accept: text/event-stream”.") }
        let limit = try call.query.wholeNumber("limit", in: 1...Self.maxLimit) ?? Self.defaultLimit
        if try call.query.isTrue("proof") { return try provedPage(filter, from: from, limit, call) }
        if call.query["oldSize"] != nil { throw Problem.invalid("oldSize", "goes with proof=true.") }
        let cursor = try call.query["cursor"].map { text throws(Problem) in
            guard let cursor = EventCursor(text) else { throw .invalid("cursor", "is not one that a list of events gave out.") }
            return cursor
        }
        let (ledger, caller) = (call.ledger, call.caller)
        let page = try ledger.events.eventPage(filter, from: cursor?.next ?? from ?? 0, limit: limit, bytes: Self.pageBytes)
        call.noteReading(.events, of: page.events.map(\.event.accountID))
        return try .document(
            Page(
                data: page.events.map { EventDocument(ledger.events.disclosed($0, to: caller)) },
                nextCursor: page.rest == .unread ? EventCursor(next: page.next) : nil))
    }

    /// Responds with the records themselves and their proofs. Nothing else is in the response: what is not proved would pass
    /// for proved.
    private func provedPage(_ filter: EventFilter, from: UInt64?, _ limit: Int, _ call: Call) throws -> Response {
        let cursor = try call.query["cursor"].map { text throws(Problem) in
            guard let cursor = ProvedEventCursor(text) else {
                throw .invalid("cursor", "is not one that a list of events with proofs gave out.")
            }
            return cursor
        }
        guard
            let page = try call.ledger.audit.provedPage(
                filter, from: cursor?.next ?? from ?? 0, limit: limit, bytes: Self.pageBytes, size: cursor?.size,
                extending: call.query.position("oldSize"))
        else { throw Problem.invalid("cursor", "is not one that this list of events gave out.") }
        return try .document(ProvedEventsDocument(page))
    }

    private func stream(_ filter: EventFilter, from: UInt64?, _ call: Call) async throws -> Response {
        for name in Self.ofPages where call.query.says(name, besides: name == "limit" ? String(Self.defaultLimit) : nil) {
            throw Problem.invalid(name, "is for pages; leave it out of a stream.")
        }
        let start = try StreamStart(call, from: from)
        if try await isOver(filter, start.position, call) {
            // The status 204 tells clients not to reconnect.
            return Response(status: .noContent, headers: [.cacheControl: "no-store"])
        }
        let stream = EventStream(call, streams, filter, start, try streams.limiter.take(for: call.caller.account))
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no"],
            body: ResponseBody { try await stream.write(to: &$0) })
    }

    /// Whether no event is left in the time range that was asked for.
    private func isOver(_ filter: EventFilter, _ position: UInt64, _ call: Call) async throws -> Bool {
        guard filter.until != nil else { return false }
        let ledger = call.ledger
        let page = try await call.ask { try ledger.events.eventPage(filter, from: position, limit: 1, bytes: 1) }
        return page.events.isEmpty && page.rest == .none
    }
}

extension HTTPField.Name {
    /// The field that tells nginx to pass on a response without buffering it.
    static let accelBuffering = Self("X-Accel-Buffering")!
}
