internal import GRDB
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Turns whatever is thrown into a problem document. What the operator must mend shows no detail to callers; the log has it.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    let endpoints: [Endpoint]

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return try problem.response
        } catch let error as HTTPError where error.status == .notFound {
            return try unknownRoute(request).response
        } catch let error as any HTTPResponseError {
            return try error.response(from: request, context: context)
        } catch let error as DatabaseError {
            context.logger.error("\(request.method) \(context.endpointPath ?? "unknown"): \(error.resultCode): \(error.message ?? "")")
            return try Problem(
                .unavailable, "The listings cannot be read or changed now; try again later.", headers: [.retryAfter: "1"]
            ).response
        } catch {
            context.logger.error("\(request.method) \(context.endpointPath ?? "unknown"): \(error)")
            return try Problem(.internalError, "Something went wrong that should not have; the operator's log says more.").response
        }
    }

    private func unknownRoute(_ request: Request) -> Problem {
        let asked = request.uri.path.split(separator: "/")
        var methods = endpoints.filter { $0.matches(asked) }.map(\.method.rawValue)
        guard !methods.isEmpty else { return Problem(.unknownRoute, "There is nothing at this address.") }
        if methods.contains("GET") { methods.append("HEAD") }
        let allowed = methods.sorted().joined(separator: ", ")
        return Problem(.methodNotAllowed, "This address takes only \(allowed).", headers: [.allow: allowed])
    }
}
