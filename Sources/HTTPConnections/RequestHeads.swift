internal import NIOCore
internal import NIOHTTP1

/// Decodes requests, and sees to what their heads say about the connection: whether they can be read in one way only (`RequestHeadRules`),
/// whether they are the last, whether their client waits to be asked for the body, and that offers of another protocol are ignored (RFC 9110 section 7.8). The decoder stops after such an
/// offer, since the bytes behind it could be of that protocol; a new one takes its place, and reads on where it stopped.
final class RequestHeads: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart
    typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>

    private let connection: Connection
    /// In bytes.
    private let largestBody: Int
    private(set) var decoder = makeDecoder()
    private var isExpectant = false
    /// What is known of the request that is being read.
    private var isLast = false
    private var stopsDecoder = false
    /// What is known of the answer that is being written.
    private var endsConnection = false
    private var hasBegun = false
    /// An answer was given up in its middle.
    private var isBroken = false

    /// `largestBody`: in bytes. Nobody is asked for a body that is larger than any address takes: its answer comes at once.
    init(_ connection: Connection, largestBody: Int) {
        self.connection = connection
        self.largestBody = largestBody
    }

    private static func makeDecoder() -> Decoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        // As much as proxies pass on of a head: each connection may hold as much that is not complete.
        limits.maxHeaderFieldSize = 64 * 1024
        limits.maxHeaderListSize = 80 * 1024
        limits.maxHeaderFieldCount = 256
        return Decoder(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What follows the last request is none.
        guard !connection.isInputOver else { return }
        let part = unwrapInboundIn(data)
        switch part {
        case .head(let received):
            // Behind the answer that is on its way there will be none.
            guard connection.takesRequests else { return connection.endInput() }
            guard var head = RequestHeadRules.read(received, isLocal: isLocal(context.channel)) else {
                connection.inputIsUnreadable()
                return context.fireErrorCaught(HTTPParserError.unknown)
            }
            isLast = Self.isLast(head)
            stopsDecoder = Self.offersUpgrade(head)
            if isLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            isExpectant = expectsContinue(head)
            connection.headWasRead()
            context.fireChannelRead(wrapInboundOut(.head(head)))
            invite(context)
        case .body:
            isExpectant = false
            context.fireChannelRead(data)
        case .end:
            connection.requestWasRead(isLast: isLast)
            context.fireChannelRead(data)
            if stopsDecoder, !isLast { renewDecoder(context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError {
            // What follows the last request is not even read.
            if connection.isInputOver, !connection.isReceiving { return }
            connection.inputIsUnreadable()
        }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // Whatever is said behind the last answer would be taken for the answer to a request that nobody sent.
        guard !connection.isFinished, !isBroken else {
            promise?.succeed(())
            return
        }
        switch unwrapOutboundIn(data) {
        case .head where hasBegun:
            // What went wrong in the middle of an answer is told by its end.
            isBroken = true
            promise?.succeed(())
            context.close(promise: nil)
        case .head(var head) where !(100..<200).contains(head.status.code):
            hasBegun = true
            if !head.headers.contains(name: Self.noSniffing.name) {
                head.headers.add(name: Self.noSniffing.name, value: Self.noSniffing.value)
            }
            endsConnection = connection.answerBegins(isLast: Self.says("close", head.headers))
            if endsConnection { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .end:
            context.write(data, promise: promise)
            hasBegun = false
            connection.answerWasWritten(isLast: endsConnection)
            endsConnection = false
            invite(context)
        case .head, .body:
            context.write(data, promise: promise)
        }
    }

    /// No answer is taken for another type than it says it is (Fetch standard, section 3.6).
    static let noSniffing = (name: "X-Content-Type-Options", value: "nosniff")

    /// Not into the middle of the answer to an earlier request.
    private func invite(_ context: ChannelHandlerContext) {
        guard isExpectant, connection.unanswered == 1 else { return }
        isExpectant = false
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
    }

    private func renewDecoder(_ context: ChannelHandlerContext) {
        let old = decoder
        decoder = Self.makeDecoder()
        connection.hold()
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(decoder, position: .after(old))
        } catch {
            return context.fireErrorCaught(error)
        }
        // The old one gives what it has not decoded to the new one before it goes.
        let bound = NIOLoopBound(connection, eventLoop: context.eventLoop)
        pipeline.removeHandler(old).whenComplete { _ in bound.value.release() }
    }

    // MARK: What heads say

    private func isLocal(_ channel: any Channel) -> Bool {
        if case .unixDomainSocket = channel.localAddress { true } else { false }
    }

    private static func says(_ option: String, _ headers: HTTPHeaders) -> Bool {
        headers[canonicalForm: "connection"].contains { $0.lowercased() == option }
    }

    private static func isOld(_ version: HTTPVersion) -> Bool { (version.major, version.minor) < (1, 1) }

    /// Whatever follows CONNECT is meant for somebody else (RFC 9110 section 9.3.6).
    private static func isLast(_ head: HTTPRequestHead) -> Bool {
        isOld(head.version) || head.method == .CONNECT || says("close", head.headers)
    }

    /// As the decoder understands it, which is generous: after what it takes for no offer it goes on.
    private static func offersUpgrade(_ head: HTTPRequestHead) -> Bool {
        head.headers.contains(name: "upgrade") && head.headers["connection"].contains { $0.lowercased().contains("upgrade") }
    }

    private func expectsContinue(_ head: HTTPRequestHead) -> Bool {
        guard !Self.isOld(head.version), head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" })
        else { return false }
        guard let length = head.headers.first(name: "content-length") else { return true }
        return Int(length).map { $0 <= largestBody } ?? false
    }
}
