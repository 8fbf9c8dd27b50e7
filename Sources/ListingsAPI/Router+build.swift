internal import Foundation
internal import Hummingbird
internal import KeyledgerClient

/// Builds the router with all routes of the service, for an application or for tests without a socket. Times are rounded down
/// to whole seconds. `environment` is the environment that keys must belong to; keys of another one are unknown here.
func buildRouter(
    store: ListingStore, verifier: any KeyVerifier, environment: String = Verification.usualEnvironment,
    trustedProxies: TrustedProxies = .none, outage: OutagePolicy = .refuse, clock: @escaping @Sendable () -> Date = { .now }
) -> Router<BasicKeyContext> {
    let endpoints = HealthEndpoint.all + ListingEndpoints.all
    let router = Router(context: BasicKeyContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: ProblemMiddleware(endpoints: endpoints))
    for endpoint in endpoints {
        switch endpoint.access {
        case .open(let handle):
            router.on(RouterPath(endpoint.path), method: endpoint.method) { _, _ in try await handle() }
        case .scope(let scope, let handle):
            router.group()
                .add(
                    middleware: KeyGuard(
                        verifier, scopes: [scope], environment: environment, trustedProxies: trustedProxies, outage: outage)
                )
                .on(RouterPath(endpoint.path), method: endpoint.method) { request, context in
                    try await handle(
                        Call(
                            request: request, query: Query(request, allowed: endpoint.query), parameters: context.parameters, store: store,
                            account: context.requireKey().accountID, now: clock().inWholeSeconds))
                }
        }
    }
    return router
}

extension Date {
    fileprivate var inWholeSeconds: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded(.down)) }
}
