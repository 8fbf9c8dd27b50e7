internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Turns whatever is thrown into a problem document, and notes the call in the log: its route and status, at debug level, and
/// never headers, a query or a body, which hold secrets.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    let routes: RouteTable

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response: Response
        do {
            response = try await next(request, context)
        } catch let error as UnreadableBody {
            // The connection is beyond repair: the server answers and closes it.
            throw error.cause
        } catch {
            response = try answer(error, request, context)
        }
        // The address of an unknown route may be a secret in the wrong place.
        context.logger.debug("\(request.method) \(context.endpointPath ?? "unknown") \(response.status.code)")
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ error: any Error, _ request: Request, _ context: Context) throws -> Response {
        if let error = error as? HTTPError, error.status == .notFound { return try routes.problem(request).response }
        let problem = Problem(error)
        var response = try problem.response
        if problem.code.isOperators {
            response.headers[.requestID] = context.id
            context.logger.error("\(request.method) \(context.endpointPath ?? "unknown"): \(error)")
        }
        return response
    }
}

extension ProblemCode {
    /// What the operator has to look into; the header finds the line in the log.
    var isOperators: Bool {
        self == .unavailable || self == .storageFull || self == .clockInDoubt || self == .internalError || self == .gatewayMisconfigured
    }
}

extension HTTPField.Name {
    static let requestID = Self("X-Request-Id")!
}
