import Hummingbird
import KeyledgerClient
import NIOCore

/// Every call comes from 192.0.2.7, as a socket for both families shows it.
struct TestContext: KeyGuardedContext {
    static let peer = "192.0.2.7"

    var coreContext: CoreRequestContextStorage
    let remoteAddress: SocketAddress?
    var caller: KeyCaller?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        remoteAddress = try? SocketAddress(ipAddress: "::ffff:" + Self.peer, port: 1)
    }
}
