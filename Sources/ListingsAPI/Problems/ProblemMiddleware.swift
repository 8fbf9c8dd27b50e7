internal import GRDB
internal import HTTPConnections
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Middleware that turns every error into a problem document. Details that only the operator needs are not shown to callers;
/// the log has them.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    let endpoints: [Endpoint]

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response: Response
        do {
            guard PathSpelling.isExact(request.uri.path) else { throw Problem.unknownRoute }
            response = try await next(request, context)
        } catch let error as UnreadableBody {
            // The connection cannot be used any more: the server responds and closes it.
            throw error.cause
        } catch {
            response = try answer(error, request, context)
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ error: any Error, _ request: Request, _ context: Context) throws -> Response {
        switch error {
        case let problem as Problem:
            return try problem.response
        case let error as HTTPError where error.status == .notFound:
            return try unknownRoute(request).response
        case let error as any HTTPResponseError:
            return try error.response(from: request, context: context)
        case let error as DatabaseError:
            // The statement and its values are left out, because they contain callers' data.
            note("\(error.resultCode): \(error.message ?? "")", request, context)
            return try Problem(
                .unavailable, "The listings cannot be read or changed now; try again later.", headers: [.retryAfter: "1"]
            ).response
        default:
            note("\(error)", request, context)
            return try Problem(.internalError, "Something went wrong that should not have; the operator's log says more.").response
        }
    }

    private func note(_ words: String, _ request: Request, _ context: Context) {
        context.logger.error("\(request.method) \(context.endpointPath ?? "unknown"): \(words)")
    }

    private func unknownRoute(_ request: Request) -> Problem {
        let asked = request.uri.path.split(separator: "/")
        // The order is the router's: a path that matches literally is never a parameter of another route.
        let literal = endpoints.filter { $0.path.split(separator: "/") == asked }
        var methods = (literal.isEmpty ? endpoints.filter { $0.matches(asked) } : literal).map(\.method.rawValue)
        guard !methods.isEmpty else { return .unknownRoute }
        if methods.contains("GET") { methods.append("HEAD") }
        let allowed = methods.sorted().joined(separator: ", ")
        return Problem(.methodNotAllowed, "This address takes only \(allowed).", headers: [.allow: allowed])
    }
}
