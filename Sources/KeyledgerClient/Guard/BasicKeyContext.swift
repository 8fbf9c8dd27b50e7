public import Hummingbird
public import NIOCore

/// A guarded context that holds nothing else, for services that need no context of their own.
public struct BasicKeyContext: KeyGuardedContext {
    public var coreContext: CoreRequestContextStorage
    public let remoteAddress: SocketAddress?
    public var caller: KeyCaller?

    public init(source: Source) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
