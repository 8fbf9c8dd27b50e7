internal import NIOCore
internal import NIOHTTP1

/// The handler that decodes requests and acts on what their heads say about the connection: whether they can be read in one way
/// only (`RequestHeadRules`), whether they are the last, whether their client waits to be asked for the body. Offers of another
/// protocol are ignored (RFC 9110 section 7.8). The decoder stops after such an offer, since the bytes behind it could belong
/// to that protocol; a new decoder takes its place and reads on where the old one stopped.
final class ConnectionHeaderHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart
    typealias Decoder = ByteToMessageHandler<HTTPRequestDecoder>

    private let connection: Connection
    /// The maximum size of a request body that any route takes, in bytes.
    private let maxBodyBytes: Int
    private(set) var decoder = makeDecoder()
    private var isExpectant = false
    /// Whether the last request that was read is of a version before HTTP/1.1; it is the last of its connection then.
    private var isLastOld = false
    /// Whether the request that is being read is the last of its connection.
    private var isLast = false
    /// Whether the decoder stops after the request that is being read.
    private var stopsDecoder = false
    /// Whether the connection is closed after the response that is being written.
    private var endsConnection = false
    /// Whether the head of the response was written.
    private var hasBegun = false
    /// Whether a response was aborted in its middle.
    private var isBroken = false

    /// Creates the handler of a connection. `maxBodyBytes` is the maximum size of a request body, in bytes. A client that waits
    /// to be asked for a larger one is not asked: it gets its response at once.
    init(_ connection: Connection, maxBodyBytes: Int) {
        self.connection = connection
        self.maxBodyBytes = maxBodyBytes
    }

    private static func makeDecoder() -> Decoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        // The limits are those of common proxies. Each connection may hold as much of an incomplete head.
        limits.maxHeaderFieldSize = 64 * 1024
        limits.maxHeaderListSize = 80 * 1024
        limits.maxHeaderFieldCount = 256
        return Decoder(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Input after the last request is not a request.
        guard !connection.isInputOver else { return }
        let part = unwrapInboundIn(data)
        switch part {
        case .head(let received):
            // There will be no response after the one that is on its way.
            guard connection.takesRequests else { return connection.endInput() }
            guard var head = RequestHeadRules.read(received, isLocal: isLocal(context.channel)) else {
                connection.inputIsUnreadable()
                return context.fireErrorCaught(HTTPParserError.unknown)
            }
            isLast = Self.isLast(head)
            stopsDecoder = Self.offersUpgrade(head)
            if isLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            isExpectant = expectsContinue(head)
            isLastOld = Self.isOld(head.version)
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
            // Input after the last request is not even parsed.
            if connection.isInputOver, !connection.isReceiving { return }
            connection.inputIsUnreadable()
        }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // A client would take anything written after the last response for the response to a request that it did not send.
        guard !connection.isFinished, !isBroken else {
            promise?.succeed(())
            return
        }
        switch unwrapOutboundIn(data) {
        case .head where hasBegun:
            // The early end of a response shows the client that it failed in its middle.
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
            // A client of HTTP/1.0 knows no chunks (RFC 9112 section 6.1): the end of the connection is the end of such a response.
            if endsConnection, isLastOld, !head.headers.contains(name: "Content-Length") {
                head.version = .http1_0
                head.headers.remove(name: "Transfer-Encoding")
            }
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

    /// The header field that keeps browsers from taking a response for another type than it declares (Fetch standard, section
    /// 3.6).
    static let noSniffing = (name: "X-Content-Type-Options", value: "nosniff")

    /// Asks the client for the body of its request (status 100), but not in the middle of the response to an earlier request.
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
        // The old decoder passes the bytes that it has not decoded to the new one before it is removed.
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

    /// Whether a request is the last of its connection. Everything after CONNECT is meant for another server (RFC 9110 section
    /// 9.3.6).
    private static func isLast(_ head: HTTPRequestHead) -> Bool {
        isOld(head.version) || head.method == .CONNECT || says("close", head.headers)
    }

    /// Whether a head offers another protocol. The rule is as generous as the decoder's: after a head that is not an offer the
    /// decoder goes on.
    private static func offersUpgrade(_ head: HTTPRequestHead) -> Bool {
        head.headers.contains(name: "upgrade") && head.headers["connection"].contains { $0.lowercased().contains("upgrade") }
    }

    private func expectsContinue(_ head: HTTPRequestHead) -> Bool {
        guard !Self.isOld(head.version), head.headers[canonicalForm: "expect"].contains(where: { $0.lowercased() == "100-continue" })
        else { return false }
        guard let length = head.headers.first(name: "content-length") else { return true }
        return Int(length).map { $0 <= maxBodyBytes } ?? false
    }
}
