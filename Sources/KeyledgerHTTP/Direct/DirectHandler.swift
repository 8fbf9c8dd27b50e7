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

    /// A client that sends many calls ahead is read on when it has its answers.
    private static let mostHeld = 64
    /// How much of a body anybody may leave here that is not complete, in bytes.
    private static let mostOfAnybody = 4096

    /// One that an endpoint takes, as far as it came.
    private struct Call {
        let endpoint: any DirectEndpoint
        let head: HTTPRequest
        var body = ByteBuffer()
        var isTrusted = false
    }

    private let endpoints: [any DirectEndpoint]
    private let peer: Peer
    /// Calls that went on and are not answered yet: what follows them must not overtake.
    private var forwarded = 0
    /// The server sends the router's last answer in chunks, and so whatever body comes before the next head.
    private var isChunked = false
    private var call: Call?
    private var isAnswering = false
    /// What came while an answer is awaited.
    private var held = CircularBuffer<HTTPRequestPart>()
    private var isReadHeld = false
    private var willFlush = false
    /// The client has said all it had to say, and waits for what is still to be answered.
    private var isInputClosed = false
    /// What the client sent next cannot be read: to be said when what came before it is answered.
    private var heldError: (any Error)?

    init(_ endpoints: [any DirectEndpoint], peer: Peer) {
        self.endpoints = endpoints
        self.peer = peer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if isAnswering { held.append(part) } else { take(part, context) }
    }

    /// A piece of a body lies in what was read with it, which is larger; where others are to come, it is kept alone.
    func channelReadComplete(context: ChannelHandlerContext) {
        if let body = call?.body, body.storageCapacity > 2 * body.readableBytes + 1024 {
            call?.body = ByteBuffer(bytes: body.readableBytesView)
        }
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if held.count >= Self.mostHeld { isReadHeld = true } else { context.read() }
    }

    /// Whoever hears that there is nothing more to come closes the connection, as far as he knows of no call that is not answered.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed, isAnswering {
            isInputClosed = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Whoever hears of an error answers it, and closes the connection. What came of a call is not all of it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        call = nil
        if isAnswering { heldError = error } else { context.fireErrorCaught(error) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): isChunked = head.headerFields[.contentLength] == nil
        case .body: break
        case .end: forwarded -= 1
        }
        context.write(data, promise: promise)
    }

    private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            if forwarded == 0, !isChunked, let endpoint = endpoints.first(where: { $0.takes(head) }), !Self.isTooLong(head, endpoint) {
                call = Call(endpoint: endpoint, head: head)
            } else {
                forwarded += 1
                context.fireChannelRead(wrapInboundOut(part))
            }
        case .body(var piece):
            guard call != nil else { return context.fireChannelRead(wrapInboundOut(part)) }
            if call?.body.readableBytes == 0 { call?.body = piece } else { call?.body.writeBuffer(&piece) }
            if isTooMuch() { pass(context) }
        case .end(let trailers):
            guard let call else { return context.fireChannelRead(wrapInboundOut(part)) }
            if trailers == nil {
                self.call = nil
                return answer(call, context)
            }
            pass(context)
            context.fireChannelRead(wrapInboundOut(part))
        }
    }

    /// Whoever says beforehand that the body is too long may wait for the answer with sending it.
    private static func isTooLong(_ head: HTTPRequest, _ endpoint: any DirectEndpoint) -> Bool {
        guard let length = head.headerFields[.contentLength] else { return false }
        return Int(length).map { $0 > endpoint.largestBody } ?? true
    }

    /// Of the body that is being read.
    private func isTooMuch() -> Bool {
        guard let call else { return false }
        let count = call.body.readableBytes
        if count > call.endpoint.largestBody { return true }
        guard count > Self.mostOfAnybody, !call.isTrusted else { return false }
        guard call.endpoint.trusts(call.head, from: peer) else { return true }
        self.call?.isTrusted = true
        return false
    }

    /// To the router, as far as it came: what is being read.
    private func pass(_ context: ChannelHandlerContext) {
        guard let call else { return }
        self.call = nil
        pass(call, context)
    }

    private func pass(_ call: Call, _ context: ChannelHandlerContext) {
        forwarded += 1
        context.fireChannelRead(wrapInboundOut(.head(call.head)))
        if call.body.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(.body(call.body))) }
    }

    private func answer(_ call: Call, _ context: ChannelHandlerContext) {
        isAnswering = true
        let loop = context.eventLoop
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: loop)
        call.endpoint.answer(call.head, call.body, from: peer) { answer in
            if loop.inEventLoop {
                bound.value.handler.finish(call, answer(), bound.value.context)
            } else {
                loop.execute { bound.value.handler.finish(call, answer(), bound.value.context) }
            }
        }
    }

    /// Once this thread is done with what it has at hand, of other connections too: answers that go out together wake their clients
    /// once, where one by one they would take turns with this thread at every call.
    private func flushSoon(_ context: ChannelHandlerContext) {
        guard !willFlush else { return }
        willFlush = true
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.execute {
            bound.value.handler.willFlush = false
            bound.value.context.flush()
        }
    }

    /// `answer`: `nil` where the router has to say what is wrong.
    private func finish(_ call: Call, _ answer: DirectAnswer?, _ context: ChannelHandlerContext) {
        isAnswering = false
        if let answer {
            let isLast = call.head.headerFields[.connection] == "close"
            // What is said to be a body goes out as it is, and all handlers on the way count calls by their ends.
            context.write(wrapOutboundOut(.body(isLast ? answer.last : answer.bytes)), promise: nil)
            context.write(wrapOutboundOut(.end(nil)), promise: nil)
            flushSoon(context)
        } else {
            pass(call, context)
            context.fireChannelRead(wrapInboundOut(.end(nil)))
        }
        let hadHeld = !held.isEmpty
        while !isAnswering, let part = held.popFirst() { take(part, context) }
        if answer == nil || hadHeld { context.fireChannelReadComplete() }
        if isReadHeld, held.count < Self.mostHeld {
            isReadHeld = false
            context.read()
        }
        if let error = heldError, !isAnswering {
            heldError = nil
            context.fireErrorCaught(error)
        }
        if isInputClosed, !isAnswering {
            isInputClosed = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }
}
