public import Hummingbird
public import Logging
internal import NIOCore

/// The service on an address and port; 0 takes any free port. `onReady` is told where it listens as soon as it does. Stopping,
/// it answers what it has begun; then the ledger is the caller's to close. `direct`: what is answered without the router if possible.
public func buildApplication(
    _ router: Router<ServiceContext>, direct: DirectAnswers = .none, host: String = "127.0.0.1", port: Int = 8080, logger: Logger,
    onReady: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
) -> some ApplicationProtocol {
    buildApplication(router, direct: direct, address: .hostname(host, port: port), logger: logger) { local in
        await onReady(host, local ?? port)
    }
}

/// Likewise, on an address and port or a Unix socket, whose file is replaced if there is one. `onReady` is told the port, where
/// there is one.
public func buildApplication(
    _ router: Router<ServiceContext>, direct: DirectAnswers = .none, address: BindAddress, logger: Logger,
    onReady: @escaping @Sendable (_ port: Int?) async -> Void = { _ in }
) -> some ApplicationProtocol {
    // Once, and not for each connection: they remember what they have told.
    let endpoints = direct.endpoints(logger)
    return Application(
        router: router,
        // Whoever falls silent in the middle of a request, or after it, makes room for others.
        server: .http1(configuration: .init(additionalChannelHandlers: handlers(endpoints), idleTimeout: .seconds(60))),
        configuration: ApplicationConfiguration(address: address),
        onServerRunning: { channel in await onReady(channel.localAddress?.port) },
        logger: logger)
}

private func handlers(_ direct: [any DirectEndpoint]) -> [any RemovableChannelHandler] {
    [RequestHeads.Installer()] + (direct.isEmpty ? [] : [DirectHandler.Installer(direct)])
}
