public import Hummingbird
public import NIOCore

/// What is known about a call apart from its content: the connection it arrived on, and the peer.
public struct ServiceContext: RequestContext, RemoteAddressRequestContext {
    /// The storage that Hummingbird needs in every request context.
    public var coreContext: CoreRequestContextStorage
    /// The address of the connection's peer.
    public let remoteAddress: SocketAddress?
    let channel: any Channel

    /// Creates the context of one request.
    public init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
        remoteAddress = source.channel.remoteAddress
    }
}
