internal import HTTPTypes
internal import Hummingbird

/// What all answers of the page tell the browser, whoever makes them.
struct PageHeaders<Context: RequestContext>: RouterMiddleware {
    /// Whether people reach the page over TLS; browsers then come by no other way for a year (RFC 6797).
    let isSecure: Bool

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        if isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        return response
    }
}
