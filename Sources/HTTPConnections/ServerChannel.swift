internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1

/// The pipeline of one connection, from the network to the handler of requests.
struct ServerChannel: HTTPChannelHandler {
    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let registry: ConnectionRegistry
    let maxBodyBytes: Int
    let handlers: @Sendable (any Channel) -> [any ChannelHandler]
    let responder: Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let connection = Connection(registry)
            let heads = ConnectionHeaderHandler(connection, maxBodyBytes: maxBodyBytes)
            try pipeline.addHandlers([connection, HTTPResponseEncoder(), heads.decoder, heads, HTTP1ToHTTPServerCodec(secure: false)])
            try pipeline.addHandlers(handlers(channel))
            let wrapped = try Value(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            // A server that is being stopped drops connections that it has just accepted, and a writer that is dropped before its channel
            // has ended stops the process with a failed precondition.
            channel.closeFuture.whenComplete { _ in withExtendedLifetime(wrapped) {} }
            return wrapped
        }
    }

    func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
}
