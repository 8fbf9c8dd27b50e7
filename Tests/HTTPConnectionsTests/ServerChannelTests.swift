import Hummingbird
import HummingbirdCore
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import HTTPConnections

/// The pipeline of a connection that nobody serves.
@Suite struct ServerChannelTests {
    /// A server that is being stopped drops what it has just accepted, which then becomes active, and is closed.
    @Test func aConnectionThatIsDroppedEndsNothing() throws {
        let channel = EmbeddedChannel()
        let server = ServerChannel(
            registry: ConnectionRegistry(ConnectionLimits(maxConnections: 16)) { _ in false }, maxBodyBytes: 1024, handlers: { _ in [] },
            responder: { _, _, _ in })
        _ = try server.setup(channel: channel, logger: LogCapture().quietLogger).wait()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 80)).wait()
        #expect(channel.isActive)
        _ = try? channel.finish()
        #expect(!channel.isActive)
    }
}
