public import Hummingbird
public import Ledger
internal import LedgerAPI

/// Builds the router with all routes of the service, for an application or for tests without a socket.
///
/// - Parameters:
///   - ledger: The ledger that the service uses.
///   - forwardAuth: The settings of the routes for gateways.
///   - eventStreams: The limits of event streams.
///   - isLogPublic: Whether checkpoints and the hashes of the log's tree can be read without a key.
/// - Returns: The router with its middleware.
public func buildRouter(
    ledger: Ledger, forwardAuth: ForwardAuthSettings = ForwardAuthSettings(), eventStreams: EventStreamSettings = EventStreamSettings(),
    isLogPublic: Bool = false
) -> Router<ServiceContext> {
    buildRouter(
        HealthEndpoints.all + VerifyEndpoints.all + KeyEndpoints.all + AccountEndpoints.all + [
            LeakEndpoint.revokeBySecret(forwardAuth.trustedProxies)
        ]
            + UsageEndpoints.all + EventEndpoints(streams: EventStreams(ledger, eventStreams)).all
            + LogEndpoints.all(isPublic: isLogPublic),
        ForwardAuth(ledger: ledger, settings: forwardAuth, access: .serviceKey))
}

func buildRouter(_ endpoints: [Endpoint], _ forwardAuth: ForwardAuth) -> Router<ServiceContext> {
    let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ProblemMiddleware(routes: RouteTable(endpoints)))
    router.add(middleware: ForwardAuthMiddleware(forwardAuth: forwardAuth))
    router.add(middleware: PathSpellingMiddleware())
    for endpoint in endpoints {
        router.on(endpoint.routerPath, method: endpoint.method) { request, context in
            try await endpoint.respond(to: request, context, forwardAuth.ledger, forwardAuth.settings.trustedProxies)
        }
    }
    return router
}
