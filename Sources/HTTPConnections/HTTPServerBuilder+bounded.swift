public import HummingbirdCore
public import NIOCore

extension HTTPServerBuilder {
    /// A server of HTTP/1.1 whose connections are bounded: in number, in what each may take its time for, and in how they end. The
    /// registry is also to be the application's `availableConnectionsDelegate`. `largestBody`: in bytes, the largest that any address
    /// takes. `handlers`: what stands between the connection and the router, and sees the parts of requests and answers.
    public static func bounded(
        by registry: ConnectionRegistry, largestBody: Int,
        handlers: @escaping @Sendable (_ channel: any Channel) -> [any ChannelHandler] = { _ in [] }
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            ServerChannel(registry: registry, largestBody: largestBody, handlers: handlers, responder: responder)
        }
    }
}
