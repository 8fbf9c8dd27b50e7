internal import HTTPConnections
internal import Hummingbird
internal import LedgerAPI

/// Middleware that answers a path which is not spelled exactly (`PathSpelling`) with "unknown address", whatever route it would
/// lead to. The handlers in front of the router compare their paths byte for byte.
struct PathSpellingMiddleware: RouterMiddleware {
    /// The path below which whoever adds routes answers other spellings; `nil` for none.
    let pages: String?

    func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        let isOfPages = pages.map { path.hasPrefix($0 + "/") } ?? false
        guard isOfPages || PathSpelling.isExact(path) else { throw Problem.unknownRoute }
        return try await next(request, context)
    }
}
