internal import HTTPConnections
internal import Hummingbird
internal import KeyledgerClient
internal import Logging

/// Builds the service on an address and port; 0 takes any free port. `onReady` gets the address and the port as soon as the
/// server listens.
func buildApplication(
    _ router: Router<BasicKeyContext>, host: String = "127.0.0.1", port: Int, limits: ConnectionLimits = ConnectionLimits(),
    logger: Logger,
    onReady: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
) -> Application<RouterResponder<BasicKeyContext>> {
    let registry = ConnectionRegistry(limits)
    return Application(
        router: router,
        server: .bounded(by: registry, largestBody: Call.largeBody),
        configuration: ApplicationConfiguration(
            address: .hostname(host, port: port), backlog: 1024, availableConnectionsDelegate: registry),
        onServerRunning: { channel in
            PlainHTTP.warn(channel.localAddress, logger)
            await onReady(host, channel.localAddress?.port ?? port)
        },
        logger: logger)
}
