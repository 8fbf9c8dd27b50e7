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
///   - pages: The path below which whoever adds routes to the router answers paths that are not spelled exactly; `nil` for none.
/// - Returns: The router with its middleware.
public func buildRouter(
    ledger: Ledger, forwardAuth: ForwardAuthSettings = ForwardAuthSettings(), eventStreams: EventStreamSettings = EventStreamSettings(),
    isLogPublic: Bool = false, pages: String? = nil
) -> Router<ServiceContext> {
    buildRouter(
        HealthEndpoints.all + VerifyEndpoints.all + KeyEndpoints.all + AccountEndpoints.all + [
            LeakEndpoint.revokeBySecret(forwardAuth.trustedProxies)
        ]
            + UsageEndpoints.all + EventEndpoints(streams: EventStreams(ledger, eventStreams)).all
            + LogEndpoints.all(isPublic: isLogPublic),
        ForwardAuth(ledger: ledger, settings: forwardAuth, access: .serviceKey), pages: pages)
}

func buildRouter(_ endpoints: [Endpoint], _ forwardAuth: ForwardAuth, pages: String? = nil) -> Router<ServiceContext> {
    let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ProblemMiddleware(routes: RouteTable(endpoints), ledger: forwardAuth.ledger))
    router.add(middleware: ForwardAuthMiddleware(forwardAuth: forwardAuth))
    router.add(middleware: PathSpellingMiddleware(pages: pages))
    for endpoint in endpoints {
        router.on(endpoint.routerPath, method: endpoint.method) { request, context in
            try await endpoint.respond(to: request, context, forwardAuth.ledger, forwardAuth.settings.trustedProxies)
        }
    }
    return router
}
