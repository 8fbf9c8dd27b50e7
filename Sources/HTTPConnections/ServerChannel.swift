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
            return try NIOAsyncChannel(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
}
