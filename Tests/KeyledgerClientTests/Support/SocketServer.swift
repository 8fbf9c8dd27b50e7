import NIOCore
import NIOPosix
import Synchronization

/// Listens on a loopback port, lets requests arrive whole, and then does with their connections what it is told. Stops with the test's
/// body.
final class SocketServer: Sendable {
    enum Behaviour: Sendable {
        /// Status line, headers and body, as they stand.
        case answer(String)
        case drop
        case silence
    }

    private let behaviour: Behaviour
    private let arrived = Mutex<[String]>([])

    /// Every request whose body has arrived.
    var requests: [String] { arrived.withLock { $0 } }

    private init(_ behaviour: Behaviour) { self.behaviour = behaviour }

    static func run(
        _ behaviour: Behaviour, at address: SocketAddress = .loopback(), _ body: (SocketServer, _ port: Int) async throws -> Void
    ) async throws {
        let server = SocketServer(behaviour)
        try await server.run(server.bootstrap.bind(to: address).get(), body)
    }

    static func run(_ behaviour: Behaviour, on port: ReservedPort, _ body: (SocketServer, _ port: Int) async throws -> Void) async throws {
        let server = SocketServer(behaviour)
        try await server.run(server.bootstrap.withBoundSocket(port.take()).get(), body)
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(server: self)) }
        }
    }

    private func run(_ channel: any Channel, _ body: (SocketServer, _ port: Int) async throws -> Void) async throws {
        do {
            try await body(self, channel.localAddress?.port ?? 0)
        } catch {
            try? await channel.close()
            throw error
        }
        try await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let server: SocketServer
        private var received = ""

        init(server: SocketServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            received += String(buffer: unwrapInboundIn(data))
            // Questions are JSON objects.
            guard received.hasSuffix("}") else { return }
            server.arrived.withLock { $0.append(received) }
            received = ""
            switch server.behaviour {
            case .answer(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .drop: context.close(promise: nil)
            case .silence: break
            }
        }
    }
}

extension SocketAddress {
    /// `port`: 0 for any free one.
    static func loopback(port: Int = 0) -> SocketAddress {
        guard let address = try? SocketAddress(ipAddress: "127.0.0.1", port: port) else { preconditionFailure("that is an address") }
        return address
    }
}
