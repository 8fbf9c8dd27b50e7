internal import Hummingbird

/// Takes what gateways ask, with whatever method: theirs, or the customer's, which may be any.
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
