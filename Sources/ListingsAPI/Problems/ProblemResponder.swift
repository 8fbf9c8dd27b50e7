internal import GRDB
internal import HTTPConnections
internal import HTTPTypes
internal import Hummingbird
internal import Logging

/// Stands in front of the router: says which methods an address takes, which Hummingbird's 404 does not, and turns unexpected
/// errors into problem documents. The log has the details, which only the operator needs.
struct ProblemResponder: HTTPResponder {
    private let router: RouterResponder<ListingsContext>
    /// The methods of each route's path.
    private let methods: [String: Set<String>]

    init(_ router: Router<ListingsContext>) {
        methods = Dictionary(grouping: router.routes) { "\($0.path)" }.mapValues { routes in
            Set(routes.flatMap { $0.method == .get ? ["GET", "HEAD"] : [$0.method.rawValue] })
        }
        self.router = router.buildResponder()
    }

    func respond(to request: Request, context: ListingsContext) async throws -> Response {
        let response: Response
        do {
            try checkRoute(request)
            response = try await router.respond(to: request, context: context)
        } catch let error as BodyDecoder.BodyReadError {
            // The connection cannot be used any more: the server responds and closes it.
            throw error.cause
        } catch {
            response = try problem(error, request, context).response(from: request, context: context)
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func checkRoute(_ request: Request) throws(Problem) {
        let path = request.uri.path
        // The order is the router's: a path that matches literally is never a parameter of another route.
        guard PathSpelling.isExact(path), let known = methods[path] ?? methods.first(where: { Self.matches($0.key, path) })?.value else {
            throw .unknownRoute
        }
        guard !known.contains(request.method.rawValue) else { return }
        let allowed = known.sorted().joined(separator: ", ")
        throw Problem(.methodNotAllowed, "This address takes only \(allowed).", headers: [.allow: allowed])
    }

    private static func matches(_ pattern: String, _ path: String) -> Bool {
        let (expected, asked) = (pattern.split(separator: "/"), path.split(separator: "/"))
        return expected.count == asked.count && zip(expected, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }

    private func problem(_ error: any Error, _ request: Request, _ context: ListingsContext) -> Problem {
        if let problem = error as? Problem { return problem }
        let database = error as? DatabaseError
        // The statement and its values are left out, because they contain callers' data.
        let words = database.map { "\($0.resultCode): \($0.message ?? "")" } ?? "\(error)"
        context.logger.error("\(request.method) \(context.endpointPath ?? "unknown"): \(words)")
        return database == nil
            ? Problem(.internalError, "Something went wrong that should not have; the operator's log says more.")
            : Problem(.unavailable, "The listings cannot be read or changed now; try again later.", headers: [.retryAfter: "1"])
    }
}
