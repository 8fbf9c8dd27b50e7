internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypesHTTP1
internal import Synchronization

/// Adds a `FastPathHandler` to the pipeline of each connection of a server, as long as that pipeline has the form that the handler needs.
///
/// The handler needs a codec that gives it the parts of requests, and an encoder that writes a part of a body as it is: another encoder
/// would trap, or corrupt a response. Where a dependency uses other handlers, the routes serve every call, more slowly, and the log
/// says so once.
final class FastPath: Sendable {
    private let endpoints: [any FastPathEndpoint]
    private let logger: Logger
    private let isWarned = Atomic<Bool>(false)

    init(_ endpoints: [any FastPathEndpoint], logger: Logger) {
        self.endpoints = endpoints
        self.logger = logger
    }

    /// Returns the handlers that are to follow those that the connection has so far. The method is called on the connection's event
    /// loop.
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
        return [FastPathHandler(endpoints, peer: Peer(channel.remoteAddress))]
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
