internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypesHTTP1
internal import Synchronization

/// Puts a `DirectHandler` into the pipeline of each connection of a server, as long as that pipeline is as the handler needs it.
///
/// The handler needs a codec that gives it the parts of requests, and an encoder that writes a part of a body as it is: another would trap,
/// or spoil an answer. Where a dependency puts something else in their place, the routes answer everything, more slowly, and the log says so once.
final class FastPath: Sendable {
    private let endpoints: [any DirectEndpoint]
    private let logger: Logger
    private let isWarned = Atomic<Bool>(false)

    init(_ endpoints: [any DirectEndpoint], logger: Logger) {
        self.endpoints = endpoints
        self.logger = logger
    }

    /// What is to stand behind the handlers that the connection has by now. To be called on the connection's event loop.
    func handlers(_ channel: any Channel) -> [any ChannelHandler] {
        guard !endpoints.isEmpty else { return [] }
        let pipeline = channel.pipeline.syncOperations
        do {
            _ = try pipeline.context(handlerType: HTTPResponseEncoder.self)
            _ = try pipeline.context(handlerType: HTTP1ToHTTPServerCodec.self)
        } catch {
            warn()
            return []
        }
        return [DirectHandler(endpoints, peer: Peer(channel.remoteAddress))]
    }

    private func warn() {
        guard !isWarned.exchange(true, ordering: .relaxed) else { return }
        logger.warning(
            """
            the connections of this server are put together in a way that its fast path does not know: \
            its routes answer every call, which takes longer
            """)
    }
}
