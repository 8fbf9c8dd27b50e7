internal import HTTPTypes
internal import HummingbirdCore
internal import NIOCore
internal import NIOHTTPTypes

/// Serves calls on the connection's own event loop where that is possible: without a task, and without a change of thread except to the
/// writer's. Calls that no `FastPathEndpoint` takes are passed to the router unchanged; so are calls that an endpoint does not accept, so
/// that every error is worded in one component.
final class FastPathHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The maximum number of events that wait for a response. A client that sends many calls ahead is read further when it has its
    /// responses.
    private static let maxPipelinedParts = 64
    /// The maximum part of an incomplete body that is buffered for a caller that is not trusted, in bytes.
    private static let maxIncompleteBodyBytes = 4096

    /// A call that an endpoint takes, as far as it was received.
    private final class Call {
        let endpoint: any FastPathEndpoint
        let head: HTTPRequest
        var body = ByteBuffer()
        /// Whether the endpoint trusts the caller, so that more of the body may be buffered than for others.
        var isTrusted = false

        init(_ head: HTTPRequest, for endpoint: any FastPathEndpoint) {
            self.head = head
            self.endpoint = endpoint
        }
    }

    /// The state of the handler, which decides how the next part of a request is processed.
    private enum State {
        /// The part is passed to the router, unless it begins a call that an endpoint takes.
        case passing
        /// The part belongs to a call that an endpoint takes, and whose end was not received yet.
        case collecting(Call)
        /// The part waits in `backlog`, because an endpoint is making its response.
        case answering
    }

    /// An event of the client's side. Events are processed in the order in which they arrive.
    private enum Event {
        case part(HTTPRequestPart)
        /// The client's next bytes cannot be parsed. The handler behind this one responds, and closes the connection.
        case error(any Error)
        /// The client has closed its side. The handler behind this one closes the connection, unless it knows of a call without a
        /// response.
        case inputClosed
    }

    private let endpoints: [any FastPathEndpoint]
    private let peer: Peer
    private var state = State.passing
    /// The events that arrived while a response is being made. It is empty in any other state, except while it is being processed.
    private var backlog = CircularBuffer<Event>()
    /// Whether a read was requested while the backlog was full.
    private var isReadHeld = false
    /// The number of calls to which the router has not responded yet: no later response may overtake theirs.
    private var routed = 0
    /// Whether the server sends the router's last response in chunks, and therefore any body that is written before the next head.
    private var isChunked = false
    private var isFlushScheduled = false

    init(_ endpoints: [any FastPathEndpoint], peer: Peer) {
        self.endpoints = endpoints
        self.peer = peer
    }

    // MARK: Requests

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

    /// Copies an incomplete body into a buffer of its own: a piece of a body shares the buffer that was read with it, which is larger.
    func channelReadComplete(context: ChannelHandlerContext) {
        if case .collecting(let call) = state, call.body.storageCapacity > 2 * call.body.readableBytes + 1024 {
            call.body = ByteBuffer(bytes: call.body.readableBytesView)
        }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if backlog.count >= Self.maxPipelinedParts { isReadHeld = true } else { context.read() }
    }

    /// Processes the backlog until it is empty, or until a response to a call in it is being made.
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

    /// Processes a part of a request. An endpoint may respond before this method returns, which processes the backlog: nothing may
    /// follow the call of `answer`.
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

    /// Passes an error on. A call that was received in part is dropped, because the rest of it will not arrive.
    private func take(_ error: any Error, _ context: ChannelHandlerContext) {
        state = .passing
        context.fireErrorCaught(error)
    }

    // MARK: Routing

    /// Returns the endpoint that takes a call; `nil` where the router has to respond.
    private func endpoint(for head: HTTPRequest) -> (any FastPathEndpoint)? {
        guard routed == 0, !isChunked, let endpoint = endpoints.first(where: { $0.takes(head) }), !Self.isTooLong(head, endpoint)
        else { return nil }
        return endpoint
    }

    /// Returns whether the head states a body that is too long. A client that states this may wait for the response before it sends the
    /// body.
    private static func isTooLong(_ head: HTTPRequest, _ endpoint: any FastPathEndpoint) -> Bool {
        guard let length = head.headerFields[.contentLength] else { return false }
        return Int(length).map { $0 > endpoint.maxBodyBytes } ?? true
    }

    /// Returns whether the body may be buffered here at its present length.
    private func mayKeep(_ call: Call) -> Bool {
        let count = call.body.readableBytes
        if count > call.endpoint.maxBodyBytes { return false }
        if count > Self.maxIncompleteBodyBytes, !call.isTrusted { call.isTrusted = call.endpoint.trusts(call.head, from: peer) }
        return count <= Self.maxIncompleteBodyBytes || call.isTrusted
    }

    /// Passes a call to the router, as far as it was received.
    private func route(_ call: Call, _ context: ChannelHandlerContext) {
        routed += 1
        context.fireChannelRead(wrapInboundOut(.head(call.head)))
        if call.body.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(.body(call.body))) }
    }

    /// Has the endpoint respond, which calls back on any thread, before the call returns or later.
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

    /// Finishes a call, and processes the backlog. `answer` is `nil` where the router has to report an error.
    private func finish(_ call: Call, _ answer: RawResponse?, _ context: ChannelHandlerContext) {
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
        if isReadHeld, backlog.count < Self.maxPipelinedParts {
            isReadHeld = false
            context.read()
        }
    }

    // MARK: Responses

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): isChunked = head.headerFields[.contentLength] == nil
        case .body: break
        case .end: routed -= 1
        }
        context.write(data, promise: promise)
    }

    /// Writes a response. The whole response, its head too, is written as a part of a body: the encoder writes those as they are, since
    /// the previous response had a length. All handlers on the way count responses by their ends.
    private func write(_ answer: RawResponse, to call: Call, _ context: ChannelHandlerContext) {
        let isLast = call.head.headerFields[.connection] == "close"
        context.write(wrapOutboundOut(.body(isLast ? answer.last : answer.bytes)), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        flushSoon(context)
    }

    /// Flushes once this thread has finished the work that is queued, of other connections too: responses that are sent together wake
    /// their clients once, where one by one the clients would alternate with this thread at every call.
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
