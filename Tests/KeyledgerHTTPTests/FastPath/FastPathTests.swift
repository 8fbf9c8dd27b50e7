import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import KeyEvents
import Ledger
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import ServiceLifecycle
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("The fast path's place in the pipeline", .holdsLedgers)
struct FastPathTests {
    /// Does what the codec does that the fast path knows, and is another.
    private final class OtherCodec: ChannelDuplexHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias InboundOut = HTTPRequestPart
        typealias OutboundIn = HTTPResponsePart
        typealias OutboundOut = HTTPServerResponsePart

        private let codec = HTTP1ToHTTPServerCodec(secure: false)

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { codec.channelRead(context: context, data: data) }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            codec.write(context: context, data: data, promise: promise)
        }
    }

    /// A connection whose pipeline has the codec that the fast path knows, or another.
    private struct Connection: HTTPChannelHandler {
        typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

        let fastPath: FastPath
        let isKnown: Bool
        let responder: Responder

        func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                let codec: any ChannelHandler = isKnown ? HTTP1ToHTTPServerCodec(secure: false) : OtherCodec()
                try pipeline.addHandlers([HTTPResponseEncoder(), ByteToMessageHandler(HTTPRequestDecoder()), codec])
                try pipeline.addHandlers(fastPath.handlers(channel))
                return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
            }
        }

        func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
    }

    @Test("Where the codec is another, the routes answer, and the log says so once", arguments: [true, false])
    func fallsBack(_ isKnown: Bool) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyledger-fast-path-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try Ledger.create(at: DataFolder(path: folder.path), prefix: "lhql")
        defer { ledger.close() }
        let made = try await ledger.commands.createKey(CreateKey(name: "service", permissions: [.verify]), by: .commandLine)
        let secret = try #require(made.secret).reveal()
        let log = LogCapture()
        let logger = log.quietLogger
        let fastPath = FastPath(FastPathRoutes.service(ledger, ForwardAuthSettings()).endpoints(logger), logger: logger)
        let (ports, ready) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: buildRouter(ledger: ledger),
            server: HTTPServerBuilder { Connection(fastPath: fastPath, isKnown: isKnown, responder: $0) },
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in ready.yield(channel.localAddress?.port ?? 0) }, logger: logger)
        let body = "{\"key\":\"\(secret)\"}"
        let call =
            "POST /v1/verify HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer \(secret)\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let service = ServiceGroup(configuration: .init(services: [application], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            let port = try #require(await ports.first { _ in true })
            for _ in 0..<3 {
                let answers = try await onThread {
                    let connection = try SocketConnection(port: port, timeout: 60)
                    return try (0..<2).map { _ in
                        connection.send(call)
                        return try connection.receive(upTo: "}")
                    }
                }
                for answer in answers {
                    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("\"VALID\""), "\(answer)")
                    // In responses of the routes the field is added by a handler that is in no pipeline of this test.
                    #expect(answer.contains("X-Content-Type-Options: nosniff") == isKnown)
                }
            }
            await service.triggerGracefulShutdown()
            try await group.waitForAll()
        }
        let lines = log.lines.filter { $0.contains("fast path") }
        #expect(lines.count == (isKnown ? 0 : 1), "\(log.lines)")
    }
}
