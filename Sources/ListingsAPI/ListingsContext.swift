internal import Hummingbird
internal import KeyledgerClient
internal import NIOCore

/// What is known of a call beside what it says: who is connected, and whose key it presents.
struct ListingsContext: KeyGuardedContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?
    var caller: KeyCaller?

    init(source: Source) {
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
