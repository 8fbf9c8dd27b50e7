public import HummingbirdCore
public import NIOCore

extension HTTPServerBuilder {
    /// A server of HTTP/1.1 whose connections are bounded: in number, in the time that each may take for what, and in how they
    /// are closed. The registry must also be the application's `availableConnectionsDelegate`.
    ///
    /// - Parameters:
    ///   - registry: The registry of the listener's connections.
    ///   - maxBodyBytes: The maximum size of a request body that any route takes, in bytes.
    ///   - handlers: Makes the handlers between a connection and the router, which see the parts of requests and responses.
    /// - Returns: The server, for `Application`.
    public static func bounded(
        by registry: ConnectionRegistry, maxBodyBytes: Int,
        handlers: @escaping @Sendable (_ channel: any Channel) -> [any ChannelHandler] = { _ in [] }
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            ServerChannel(registry: registry, maxBodyBytes: maxBodyBytes, handlers: handlers, responder: responder)
        }
    }
}
