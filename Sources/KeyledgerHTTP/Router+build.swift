public import Hummingbird
public import KeyService

/// All addresses of the service, for an application or for tests without a socket.
public func buildRouter(ledger: Ledger) -> Router<ServiceContext> {
    let endpoints = HealthEndpoints.all + VerifyEndpoints.all + KeyEndpoints.all + [LeakEndpoint.revokeBySecret()] + UsageEndpoints.all
    let router = Router(context: ServiceContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ProblemMiddleware(routes: RouteTable(endpoints)))
    for endpoint in endpoints {
        router.on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
            try await endpoint.respond(to: request, context, ledger)
        }
    }
    return router
}
