internal import HTTPConnections
internal import HTTPTypes
internal import Hummingbird

/// Middleware for whatever is asked for below the dashboard's path: a page answers, whether there is a route or not, with the header
/// fields that all responses of the dashboard have in common. It keeps the rule that a path has one spelling (`PathSpelling`).
struct PagePaths<Context: RequestContext>: RouterMiddleware {
    let dashboard: Dashboard

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard path == "/" || path == Dashboard.root || path.hasPrefix(Dashboard.root + "/") else { return try await next(request, context) }
        var response: Response
        if !PathSpelling.isExact(path) {
            response = misspelled(request, context)
        } else if context.hasRoute {
            response = try await next(request, context)
        } else {
            response = unknown(request, context)
        }
        // Where people reach the dashboard over TLS, browsers then use nothing else for a year (RFC 6797).
        if dashboard.settings.isSecure { response.headers[.strictTransportSecurity] = "max-age=31536000" }
        return response
    }

    /// Answers a request for which there is no route: the path has none at all, or none for the method.
    private func unknown(_ request: Request, _ context: Context) -> Response {
        if let away = dashboard.leadAway(request) { return away }
        let path = request.uri.path
        let allowed = PathSpelling.isExact(path) ? dashboard.methods.allowed(for: path) : []
        guard !allowed.isEmpty else { return dashboard.problemPage(.unknownPage, request, context.logger) }
        var response = dashboard.problemPage(.wrongMethod, request, context.logger)
        response.headers[.allow] = allowed.joined(separator: ", ")
        return response
    }

    /// Leads from a path with a slash too many at its end to the page that is meant. Any other spelling leads nowhere.
    private func misspelled(_ request: Request, _ context: Context) -> Response {
        var path = request.uri.path.utf8[...]
        while path.last == UInt8(ascii: "/") { path.removeLast() }
        let meant = String(Substring(path))
        guard request.method == .get || request.method == .head, PathSpelling.isExact(meant), dashboard.leadAway(request) == nil else {
            return unknown(request, context)
        }
        return Dashboard.redirect(to: meant + (request.uri.query.map { "?" + $0 } ?? ""))
    }
}

extension RequestContext {
    /// Whether the router has found a route for the request: it tells the context the path of the route before any middleware runs.
    fileprivate var hasRoute: Bool { endpointPath != nil }
}
