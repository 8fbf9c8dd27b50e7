internal import Hummingbird
internal import LedgerAPI

/// Middleware that answers gateways, whatever method they use: it may be their own, or the customer's.
struct ForwardAuthMiddleware: RouterMiddleware {
    let forwardAuth: ForwardAuth

    func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        guard let address = AuthAddress(path: request.uri.path, query: request.uri.query) else { return try await next(request, context) }
        context.coreContext.endpointPath.value = AuthAddress.path
        return try await forwardAuth.respond(to: request, at: address, context)
    }
}
