public import HTTPConnections
public import Hummingbird
public import Logging
internal import NIOCore

/// The service on an address and port; 0 takes any free port. `onReady` is told where it listens as soon as it does. Stopping,
/// it answers what it has begun; then the ledger is the caller's to close. `direct`: what is answered without the router if possible.
public func buildApplication(
    _ router: Router<ServiceContext>, direct: DirectAnswers = .none, host: String = "127.0.0.1", port: Int = 8080,
    limits: ConnectionLimits = ConnectionLimits(), logger: Logger,
    onReady: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
) -> some ApplicationProtocol {
    buildApplication(router, direct: direct, address: .hostname(host, port: port), limits: limits, logger: logger) { local in
        await onReady(host, local ?? port)
    }
}

/// Likewise, on an address and port or a Unix socket, whose file is replaced if there is one. `onReady` is told the port, where
/// there is one.
public func buildApplication(
    _ router: Router<ServiceContext>, direct: DirectAnswers = .none, address: BindAddress, limits: ConnectionLimits = ConnectionLimits(),
    logger: Logger, onReady: @escaping @Sendable (_ port: Int?) async -> Void = { _ in }
) -> some ApplicationProtocol {
    // Once, and not for each connection: they remember what they have told.
    let fastPath = FastPath(direct.endpoints(logger), logger: logger)
    // Behind the address of a proxy there are many clients.
    let proxies = direct.trustedProxies
    let registry = ConnectionRegistry(limits) { address in proxies.contains(Peer(address)) }
    return Application(
        router: router,
        server: .bounded(by: registry, largestBody: RequestLimits.largeBody) { fastPath.handlers($0) },
        configuration: ApplicationConfiguration(address: address, backlog: 1024, availableConnectionsDelegate: registry),
        onServerRunning: { channel in
            PlainHTTP.warn(channel.localAddress, logger)
            await onReady(channel.localAddress?.port)
        },
        logger: logger)
}
