public import Hummingbird
public import NIOCore

/// A guarded request context without further fields, for services that need no context of their own.
public struct BasicKeyContext: KeyGuardedContext {
    /// The storage that Hummingbird needs in every request context.
    public var coreContext: CoreRequestContextStorage
    /// The address of the connection's peer.
    public let remoteAddress: SocketAddress?
    /// The caller, set by `KeyGuard`; `nil` on a route without one.
    public var caller: KeyCaller?

    /// Creates the context of one request.
    ///
    /// - Parameter source: The request's connection and logger, as Hummingbird provides them.
    public init(source: Source) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
