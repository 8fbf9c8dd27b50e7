internal import HTTPTypes
internal import Hummingbird
internal import Ledger
internal import LedgerAPI
internal import Logging

/// Middleware that turns every error into a problem document, and logs the call at debug level: its route and status, and never
/// headers, a query or a body, which contain secrets.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    let routes: RouteTable
    let ledger: Ledger

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response: Response
        do {
            response = try await next(request, context)
        } catch let error as BodyReadError {
            // The connection cannot be used any more: the server responds and closes it.
            throw error.cause
        } catch {
            response = try answer(error, request, context)
        }
        // The path of an unknown route may be a misplaced secret.
        context.logger.debug("\(request.method) \(context.endpointPath ?? "unknown") \(response.status.code)")
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ error: any Error, _ request: Request, _ context: Context) throws -> Response {
        let problem = (error as? HTTPError)?.status == .notFound ? routes.problem(request) : Problem(error)
        // A key in the address has leaked wherever the address leads, and matters more than that it leads nowhere.
        if problem.code == .unknownRoute || problem.code == .methodNotAllowed {
            do throws(Problem) { try Credentials.refuseKey(inAddressOf: request, of: ledger) } catch {
                return try error.response
            }
        }
        var response = try problem.response
        if problem.code.isOperators {
            response.headers[.requestID] = context.id
            context.logger.error("\(request.method) \(context.endpointPath ?? "unknown"): \(error)")
        }
        return response
    }
}

extension HTTPField.Name {
    static let requestID = Self("X-Request-Id")!
}
