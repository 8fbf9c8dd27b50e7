public import HTTPConnections
public import Hummingbird
public import Logging
internal import NIOCore

/// Builds the service on an address and port. When the service is stopped, it completes the responses that it has begun;
/// closing the ledger afterwards is up to the caller.
///
/// - Parameters:
///   - router: The routes of the service.
///   - direct: The routes that are answered on the connection's own thread when that is possible.
///   - host: The name or address to listen on.
///   - port: The port to listen on; 0 takes any free port.
///   - limits: The limits of the connections.
///   - logger: The logger of the server.
///   - onReady: Called with the address and the port as soon as the server listens.
/// - Returns: The application, which serves while its `run` does.
public func buildApplication(
    _ router: Router<ServiceContext>, direct: FastPathRoutes = .none, host: String = "127.0.0.1", port: Int = 8080,
    limits: ConnectionLimits = ConnectionLimits(), logger: Logger,
    onReady: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
) -> some ApplicationProtocol {
    buildApplication(router, direct: direct, address: .hostname(host, port: port), limits: limits, logger: logger) { local in
        await onReady(host, local ?? port)
    }
}

/// Builds the service on an address and port, or on a Unix socket, whose file is replaced if it exists. `onReady` gets the
/// port; `nil` for a Unix socket. The rest is as above.
public func buildApplication(
    _ router: Router<ServiceContext>, direct: FastPathRoutes = .none, address: BindAddress, limits: ConnectionLimits = ConnectionLimits(),
    logger: Logger, onReady: @escaping @Sendable (_ port: Int?) async -> Void = { _ in }
) -> some ApplicationProtocol {
    // All connections share these endpoints, because each endpoint keeps caches.
    let fastPath = FastPath(direct.endpoints(logger), logger: logger)
    // Many clients connect through the address of one proxy.
    let proxies = direct.trustedProxies
    let registry = ConnectionRegistry(limits) { address in proxies.contains(Peer(address)) }
    return Application(
        router: router,
        server: .bounded(by: registry, maxBodyBytes: RequestLimits.largeBody) { fastPath.handlers($0) },
        configuration: ApplicationConfiguration(address: address, backlog: 1024, availableConnectionsDelegate: registry),
        onServerRunning: { channel in
            PlainHTTP.warn(channel.localAddress, logger)
            await onReady(channel.localAddress?.port)
        },
        logger: logger)
}
