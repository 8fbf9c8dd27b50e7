internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import Logging
internal import NIOCore
internal import ServiceLifecycle

/// One open stream of events. It reads a page, ends its read of the ledger, and sends the events as fast as the client receives
/// them; at the head of the log it waits. Every event is sent with its position, from which a client continues when it
/// reconnects.
///
/// The stream ends when the key that authorised it would no longer be accepted, when the server stops, when the client has
/// disconnected or receives nothing for too long, and when the end of the requested time range is reached.
struct EventStream: Sendable {
    /// The maximum number of events, and about the maximum size of their records in bytes, that are in memory at once.
    private static let pageEvents = 200
    private static let pageBytes = 64 * 1024
    /// About the number of bytes that are passed to the connection at once.
    private static let chunkBytes = 16 * 1024
    /// How often the stream checks whether to end.
    private static let watchPause = Duration.milliseconds(250)
    private static let maxWait = Duration.milliseconds(500)

    let ledger: Ledger
    let filter: EventFilter
    /// The position of the first event to send.
    let start: UInt64
    /// The position after which the client knows that the stream begins; `nil` when it must be sent, with the first event or
    /// when none matches.
    let known: UInt64?
    let authorization: StreamAuthorization
    let caller: Caller
    let settings: EventStreamSettings
    let appendNotifier: AppendNotifier
    let permit: StreamPermit
    let channel: any Channel
    let logger: Logger
    private let end = StreamTermination()

    init(_ call: Call, _ streams: EventStreams, _ filter: EventFilter, _ start: StreamStart, _ permit: StreamPermit) {
        ledger = call.ledger
        self.filter = filter
        self.start = start.position
        known = start.known
        authorization = call.authorization
        caller = call.caller
        settings = streams.settings
        appendNotifier = streams.appendNotifier
        self.permit = permit
        channel = call.context.channel
        logger = call.context.logger
    }

    func write(to writer: inout any ResponseBodyWriter) async throws {
        try await ClientWatch.during(channel, onLeaving: end.clientIsGone) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await keepWatch() }
                defer { group.cancelAll() }
                try await send(to: &writer)
            }
        }
        try await writer.finish(nil)
    }

    private func send(to writer: inout any ResponseBodyWriter) async throws {
        var text = EventStreamText()
        text.opening()
        var announced = known
        try await flush(&text, to: &writer)
        var next = start
        var spokenAt = ledger.time.monotonic
        var isRetryAnnounced = false
        while let page = try await read(from: next, announcingRetry: !isRetryAnnounced) {
            for chunk in page.chunks {
                try await send(chunk, to: &writer)
                if end.isSet { return }
            }
            text = page.text
            announced = page.announced ?? announced
            isRetryAnnounced = isRetryAnnounced || page.announced != nil
            next = page.next
            let reached = next == 0 ? nil : next - 1
            if page.rest != .unwritten, let reached, announced.map({ reached > $0 }) ?? true {
                text.progress(reached)
                announced = reached
            }
            if text.bytes.readableBytes > 0 {
                try await flush(&text, to: &writer)
                spokenAt = ledger.time.monotonic
            }
            switch page.rest {
            case .unread: break
            case .none: return
            case .unwritten:
                if ledger.time.monotonic - spokenAt >= settings.heartbeat {
                    text.heartbeat()
                    if let reached, announced.map({ reached > $0 }) ?? true { text.progress(reached) }
                    announced = reached ?? announced
                    try await flush(&text, to: &writer)
                    spokenAt = ledger.time.monotonic
                }
                await appendNotifier.wait(for: next, atMost: Self.maxWait)
            }
        }
    }

    /// One page of events, encoded for sending.
    private struct Written: Sendable {
        var chunks: [ByteBuffer] = []
        /// The rest of the page, which is too small for a chunk.
        var text = EventStreamText()
        /// The position of the last event of the page.
        let announced: UInt64?
        let next: UInt64
        let rest: EventPage.Rest
    }

    /// Reads and encodes the next page; `nil` when the stream must end. With `announcingRetry` the first event says how long to
    /// wait before reconnecting.
    private func read(from next: UInt64, announcingRetry: Bool) async throws -> Written? {
        try Task.checkCancellation()
        do {
            guard !end.isSet, try authorization.holds(ledger) else { return nil }
            return try await ledger.lanes.streams.run(for: .account(caller.account)) {
                let page = try ledger.events.eventPage(filter, from: next, limit: Self.pageEvents, bytes: Self.pageBytes)
                // The key is checked again: events that were recorded after the key had ended must not be sent.
                guard try authorization.holds(ledger) else { return nil }
                ledger.readings.note(.events, of: page.events.map(\.event.accountID), by: caller)
                var written = Written(announced: page.events.last?.position, next: page.next, rest: page.rest)
                if announcingRetry, !page.events.isEmpty { written.text.retry(milliseconds: 1000) }
                for recorded in page.events {
                    try written.text.event(ledger.events.disclosed(recorded, to: caller))
                    if written.text.bytes.readableBytes >= Self.chunkBytes { written.chunks.append(written.text.take()) }
                }
                return written
            }
        } catch {
            // The status was sent already. A client that misses the end of the response calls again, and then gets the error.
            logger.error("GET /v1/events, a stream at position \(next): \(error)")
            throw error
        }
    }

    /// Sends bytes, and returns when the connection has room for more.
    private func send(_ bytes: ByteBuffer, to writer: inout any ResponseBodyWriter) async throws {
        end.writing(since: ledger.time.monotonic)
        try await writer.write(bytes)
        end.writing(since: nil)
    }

    private func flush(_ text: inout EventStreamText, to writer: inout any ResponseBodyWriter) async throws {
        try await send(text.take(), to: &writer)
    }

    /// Watches the key and the client while another task sends, which may be blocked for a long time.
    private func keepWatch() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.watchPause)
            let now = ledger.time.monotonic
            if Task.isShuttingDownGracefully || (try? authorization.holds(ledger)) != true { end.set(at: now) }
            if end.isCut(at: now, outputTimeout: settings.outputTimeout) {
                return channel.close(mode: .all, promise: nil)
            }
        }
    }
}
