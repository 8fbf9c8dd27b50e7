internal import HTTPConnections
internal import Hummingbird
internal import KeyledgerClient
internal import Logging

/// Builds the router with all routes of the service. `environment` is the environment that keys must belong to; keys of another
/// one are unknown here. `publicURL` is the URL at which people reach the service; `nil` for the host that their requests name.
func buildRouter(
    store: ListingStore, verifier: any KeyVerifier, environment: String = VerificationRequest.defaultEnvironment,
    trustedProxies: TrustedProxies = .none, outage: OutagePolicy = .refuse, publicURL: String? = nil
) -> Router<ListingsContext> {
    let router = Router(context: ListingsContext.self, options: .autoGenerateHeadEndpoints)
    // Load balancers and supervisors present no key.
    router.get("healthz") { _, _ in Health() }
    ReferenceRoutes(publicURL: publicURL).add(to: router)
    ListingRoutes(store: store).add(to: router) { scope in
        KeyGuard(verifier, scopes: [scope], environment: environment, trustedProxies: trustedProxies, outage: outage)
    }
    return router
}

private struct Health: ResponseEncodable {
    let status = "ok"
}

/// Builds the service on an address and port; 0 takes any free port. `onReady` gets the address and the port as soon as the
/// server listens.
func buildApplication(
    _ router: Router<ListingsContext>, host: String = "127.0.0.1", port: Int, limits: ConnectionLimits = ConnectionLimits(),
    logger: Logger, onReady: @escaping @Sendable (_ host: String, _ port: Int) async -> Void = { _, _ in }
) -> Application<ProblemResponder> {
    let registry = ConnectionRegistry(limits)
    return Application(
        responder: ProblemResponder(router),
        server: .bounded(by: registry, maxBodyBytes: ListingsContext.largeBody),
        configuration: ApplicationConfiguration(
            address: .hostname(host, port: port), backlog: 1024, availableConnectionsDelegate: registry),
        onServerRunning: { channel in
            PlainHTTP.warn(channel.localAddress, logger)
            await onReady(host, channel.localAddress?.port ?? port)
        },
        logger: logger)
}
