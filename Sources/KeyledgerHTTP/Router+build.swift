public import Hummingbird
public import KeyService

/// All addresses of the service, for an application or for tests without a socket.
public func buildRouter(
    ledger: Ledger, forwardAuth: ForwardAuthSettings = ForwardAuthSettings(), eventStreams: EventStreamSettings = EventStreamSettings()
) -> Router<ServiceContext> {
    buildRouter(
        HealthEndpoints.all + VerifyEndpoints.all + KeyEndpoints.all + [LeakEndpoint.revokeBySecret()] + UsageEndpoints.all
            + EventEndpoints(streams: EventStreams(ledger, eventStreams)).all,
        ForwardAuth(ledger: ledger, settings: forwardAuth, access: .serviceKey))
}

func buildRouter(_ endpoints: [Endpoint], _ forwardAuth: ForwardAuth) -> Router<ServiceContext> {
    let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ProblemMiddleware(routes: RouteTable(endpoints)))
    router.add(middleware: ForwardAuthMiddleware(forwardAuth: forwardAuth))
    for endpoint in endpoints {
        router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
            try await endpoint.respond(to: request, context, forwardAuth.ledger)
        }
    }
    return router
}
