import APITestSupport
import Foundation
import KeyEvents
import Ledger
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
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
    }

    /// The number of handlers that the fast path adds to a connection with a codec and an encoder, in the order in which a server adds them.
    private static func added(_ fastPath: FastPath, _ handlers: [any ChannelHandler]) throws -> Int {
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish() }
        try channel.pipeline.syncOperations.addHandlers(handlers)
        let added = fastPath.handlers(channel)
        try channel.pipeline.syncOperations.addHandlers(added)
        return added.count
    }

    @Test("Where the codec or the encoder is another, the routes answer every call, and the log says so once")
    func fallsBack() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "keyledger-fast-path-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        let ledger = try Ledger.create(at: DataFolder(path: folder.path), prefix: "lhql")
        defer { ledger.close() }
        let log = LogCapture()
        let logger = log.quietLogger
        let fastPath = FastPath(FastPathRoutes.service(ledger, ForwardAuthSettings()).endpoints(logger), logger: logger)
        #expect(try Self.added(fastPath, [HTTPResponseEncoder(), HTTP1ToHTTPServerCodec(secure: false)]) == 1)
        #expect(log.lines.isEmpty)
        for _ in 0..<3 {
            #expect(try Self.added(fastPath, [HTTPResponseEncoder(), OtherCodec()]) == 0)
            #expect(try Self.added(fastPath, [HTTP1ToHTTPServerCodec(secure: false)]) == 0)
            #expect(try Self.added(fastPath, []) == 0)
        }
        #expect(log.lines.count == 1 && log.lines.allSatisfy { $0.contains("fast path") }, "\(log.lines)")
        #expect(try Self.added(fastPath, [HTTPResponseEncoder(), HTTP1ToHTTPServerCodec(secure: false)]) == 1)
    }
}
