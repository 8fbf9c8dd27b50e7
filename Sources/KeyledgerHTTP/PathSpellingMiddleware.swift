internal import HTTPConnections
internal import Hummingbird

/// A path that is not spelled exactly leads nowhere, whatever would be found behind it (`PathSpelling`). What answers before it knows its
/// paths word for word.
struct PathSpellingMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: ServiceContext, next: (Request, ServiceContext) async throws -> Response
    ) async throws -> Response {
        guard PathSpelling.isExact(request.uri.path) else { throw Problem.unknownRoute }
        return try await next(request, context)
    }
}
