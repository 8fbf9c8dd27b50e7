internal import HTTPTypes
internal import Hummingbird

/// Middleware that adds the header fields that all responses of the dashboard have in common.
struct PageHeaders<Context: RequestContext>: RouterMiddleware {
    /// Whether people reach the dashboard over TLS; browsers then use nothing else for a year (RFC 6797).
    let isSecure: Bool

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        if isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        return response
    }
}
