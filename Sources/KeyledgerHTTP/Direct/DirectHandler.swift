internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import NIOHTTPTypes

/// Answers calls on the connection's own event loop where that is possible: without a task, and without a change of thread but
/// that to the writer. What no `DirectEndpoint` takes goes on to the router, as it came; so does what one cannot answer well,
/// so that every error is worded in one place.
final class DirectHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// A client that sends many calls ahead is read on when it has its answers: how many events may wait for one.
    private static let mostHeld = 64
    /// How much of a body anybody may leave here that is not complete, in bytes.
    private static let mostOfAnybody = 4096

    /// A call that an endpoint takes, as far as it came.
    private final class Call {
        let endpoint: any DirectEndpoint
        let head: HTTPRequest
        var body = ByteBuffer()
        /// Whether the endpoint has said that more of the body may be kept than anybody's.
        var isTrusted = false

        init(_ head: HTTPRequest, for endpoint: any DirectEndpoint) {
            self.head = head
            self.endpoint = endpoint
        }
    }

    /// Whose the next part of a request is.
    private enum State {
        /// The router's, unless it begins a call that an endpoint takes.
        case passing
        /// It belongs to a call that an endpoint takes, and whose end has not come.
        case collecting(Call)
        /// Nobody's yet: an endpoint is asked for its answer, and everything that comes meanwhile waits in `backlog`.
        case answering
    }

    /// What the client's side tells, in the order in which it came.
    private enum Event {
        case part(HTTPRequestPart)
        /// What the client sent next cannot be read. Whoever hears of it answers it, and closes the connection.
        case error(any Error)
        /// The client has said all it had to say. Whoever hears of it closes the connection, unless it knows of an unanswered call.
        case inputClosed
    }

    private let endpoints: [any DirectEndpoint]
    private let peer: Peer
    private var state = State.passing
    /// What came while an answer is awaited. It is not empty in another state, but while it is being taken.
    private var backlog = CircularBuffer<Event>()
    /// Whether somebody asked to read on while the backlog was full.
    private var isReadHeld = false
    /// How many calls the router has not answered yet: what follows them must not overtake.
    private var routed = 0
    /// Whether the server sends the router's last answer in chunks, and so whatever body comes before the next head.
    private var isChunked = false
    private var isFlushScheduled = false

    init(_ endpoints: [any DirectEndpoint], peer: Peer) {
        self.endpoints = endpoints
        self.peer = peer
    }

    // MARK: What the client sends

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if case .answering = state { backlog.append(.part(part)) } else { take(part, context) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case .answering = state { backlog.append(.error(error)) } else { take(error, context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .answering = state, let event = event as? ChannelEvent, event == .inputClosed {
            backlog.append(.inputClosed)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// A piece of a body lies in what was read with it, which is larger; where others are to come, it is kept alone.
    func channelReadComplete(context: ChannelHandlerContext) {
        if case .collecting(let call) = state, call.body.storageCapacity > 2 * call.body.readableBytes + 1024 {
            call.body = ByteBuffer(bytes: call.body.readableBytesView)
        }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if backlog.count >= Self.mostHeld { isReadHeld = true } else { context.read() }
    }

    /// Until the backlog is empty, or a call in it is being answered.
    private func takeBacklog(_ context: ChannelHandlerContext) {
        while true {
            if case .answering = state { return }
            switch backlog.popFirst() {
            case .part(let part): take(part, context)
            case .error(let error): take(error, context)
            case .inputClosed: context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            case nil: return
            }
        }
    }

    /// An endpoint may answer before this returns, which takes the backlog: nothing may follow the call of `answer`.
    private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            if let endpoint = endpoint(for: head) {
                state = .collecting(Call(head, for: endpoint))
            } else {
                state = .passing
                routed += 1
                context.fireChannelRead(wrapInboundOut(part))
            }
        case .body(var piece):
            guard case .collecting(let call) = state else { return context.fireChannelRead(wrapInboundOut(part)) }
            if call.body.readableBytes == 0 { call.body = piece } else { call.body.writeBuffer(&piece) }
            if mayKeep(call) { return }
            state = .passing
            route(call, context)
        case .end(let trailers):
            guard case .collecting(let call) = state else { return context.fireChannelRead(wrapInboundOut(part)) }
            if trailers == nil { return answer(call, context) }
            state = .passing
            route(call, context)
            context.fireChannelRead(wrapInboundOut(part))
        }
    }

    /// What came of a call is not all of it.
    private func take(_ error: any Error, _ context: ChannelHandlerContext) {
        state = .passing
        context.fireErrorCaught(error)
    }

    // MARK: Who answers

    /// `nil`: the router has to answer the call.
    private func endpoint(for head: HTTPRequest) -> (any DirectEndpoint)? {
        guard routed == 0, !isChunked, let endpoint = endpoints.first(where: { $0.takes(head) }), !Self.isTooLong(head, endpoint)
        else { return nil }
        return endpoint
    }

    /// Whoever says beforehand that the body is too long may wait for the answer with sending it.
    private static func isTooLong(_ head: HTTPRequest, _ endpoint: any DirectEndpoint) -> Bool {
        guard let length = head.headerFields[.contentLength] else { return false }
        return Int(length).map { $0 > endpoint.largestBody } ?? true
    }

    /// Whether the body may be kept here, as long as it has become.
    private func mayKeep(_ call: Call) -> Bool {
        let count = call.body.readableBytes
        if count > call.endpoint.largestBody { return false }
        if count > Self.mostOfAnybody, !call.isTrusted { call.isTrusted = call.endpoint.trusts(call.head, from: peer) }
        return count <= Self.mostOfAnybody || call.isTrusted
    }

    /// Gives a call to the router, as far as it came.
    private func route(_ call: Call, _ context: ChannelHandlerContext) {
        routed += 1
        context.fireChannelRead(wrapInboundOut(.head(call.head)))
        if call.body.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(.body(call.body))) }
    }

    /// Asks the endpoint, which calls back on any thread, now or later.
    private func answer(_ call: Call, _ context: ChannelHandlerContext) {
        state = .answering
        let loop = context.eventLoop
        let bound = NIOLoopBound((handler: self, call: call, context: context), eventLoop: loop)
        call.endpoint.answer(call.head, call.body, from: peer) { answer in
            if loop.inEventLoop {
                bound.value.handler.finish(bound.value.call, answer(), bound.value.context)
            } else {
                loop.execute { bound.value.handler.finish(bound.value.call, answer(), bound.value.context) }
            }
        }
    }

    /// `answer`: `nil` where the router has to say what is wrong.
    private func finish(_ call: Call, _ answer: DirectAnswer?, _ context: ChannelHandlerContext) {
        state = .passing
        if let answer {
            write(answer, to: call, context)
        } else {
            route(call, context)
            context.fireChannelRead(wrapInboundOut(.end(nil)))
        }
        let hadBacklog = !backlog.isEmpty
        takeBacklog(context)
        if answer == nil || hadBacklog { context.fireChannelReadComplete() }
        if isReadHeld, backlog.count < Self.mostHeld {
            isReadHeld = false
            context.read()
        }
    }

    // MARK: What is answered

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): isChunked = head.headerFields[.contentLength] == nil
        case .body: break
        case .end: routed -= 1
        }
        context.write(data, promise: promise)
    }

    /// The whole answer, its head too, is written as a part of a body: the encoder writes those as they are, since the answer before had a
    /// length. All handlers on the way count answers by their ends.
    private func write(_ answer: DirectAnswer, to call: Call, _ context: ChannelHandlerContext) {
        let isLast = call.head.headerFields[.connection] == "close"
        context.write(wrapOutboundOut(.body(isLast ? answer.last : answer.bytes)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        flushSoon(context)
    }

    /// Once this thread is done with what it has at hand, of other connections too: answers that go out together wake their clients
    /// once, where one by one they would take turns with this thread at every call.
    private func flushSoon(_ context: ChannelHandlerContext) {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            bound.value.handler.isFlushScheduled = false
            bound.value.context.flush()
        }
    }
}
