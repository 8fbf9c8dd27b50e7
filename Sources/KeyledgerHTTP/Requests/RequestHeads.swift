internal import NIOCore
internal import NIOHTTP1

/// What the server leaves undone about the heads of requests: it closes a connection only after a request with exactly
/// `Connection: close`, and lets whoever says `Expect: 100-continue` wait; and it would discard what is written and not flushed
/// when it closes.
final class RequestHeads: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Handlers that the server adds stand where the version of HTTP is forgotten; this one puts the other right behind the decoder.
    final class Installer: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = NIOAny

        func handlerAdded(context: ChannelHandlerContext) {
            do {
                let pipeline = context.pipeline.syncOperations
                let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
                try pipeline.addHandler(RequestHeads(), position: .after(decoder))
            } catch {
                preconditionFailure("the server decodes in another way: \(error)")
            }
        }
    }

    private var unanswered = 0
    private var isExpectant = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else {
            if case .body = unwrapInboundIn(data) { isExpectant = false }
            return context.fireChannelRead(data)
        }
        if Self.isLast(head) { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        isExpectant = Self.expectsContinue(head)
        unanswered += 1
        context.fireChannelRead(wrapInboundOut(.head(head)))
        invite(context)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var isEnd = false
        if case .end = unwrapOutboundIn(data) { isEnd = true }
        context.write(data, promise: promise)
        guard isEnd else { return }
        unanswered -= 1
        invite(context)
    }

    /// An answer that waits to go out together with others is not lost when the server stops meanwhile.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        context.flush()
        context.close(mode: mode, promise: promise)
    }

    /// Not into the middle of the answer to an earlier request.
    private func invite(_ context: ChannelHandlerContext) {
        guard isExpectant, unanswered == 1 else { return }
        isExpectant = false
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    private static func isOld(_ version: HTTPVersion) -> Bool { (version.major, version.minor) < (1, 1) }

    private static func isLast(_ head: HTTPRequestHead) -> Bool {
        isOld(head.version) || head.headers[canonicalForm: "connection"].contains { $0.lowercased() == "close" }
    }

    /// Nobody is asked for a body that is larger than any address takes: its answer comes at once.
    private static func expectsContinue(_ head: HTTPRequestHead) -> Bool {
        guard !isOld(head.version), head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" })
        else { return false }
        guard let length = head.headers.first(name: "content-length") else { return true }
        return Int(length).map { $0 <= RequestLimits.largeBody } ?? false
    }
}
