internal import Hummingbird
internal import KeyledgerClient
internal import Logging

/// The service on an address and port; 0 takes any free port. `onReady` is told where it listens as soon as it does.
func buildApplication(
    _ router: Router<BasicKeyContext>, host: String = "127.0.0.1", port: Int, logger: Logger,
    onReady: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
) -> Application<RouterResponder<BasicKeyContext>> {
    Application(
        router: router,
        // Whoever falls silent in the middle of a request, or after it, makes room for others.
        server: .http1(configuration: .init(idleTimeout: .seconds(60))),
        configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
        onServerRunning: { channel in await onReady(host, channel.localAddress?.port ?? port) },
        logger: logger)
}
