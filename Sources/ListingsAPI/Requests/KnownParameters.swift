internal import Hummingbird

/// Refuses query parameters that would otherwise be ignored silently: a mistyped filter would list everything.
struct KnownParameters: RouterMiddleware {
    typealias Context = ListingsContext

    private let known: [String]

    init(_ known: [String]) { self.known = known }

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        let names = request.uri.queryParameters.map { String($0.key) }
        guard names.allSatisfy(known.contains) else {
            let taken = known.isEmpty ? "none" : known.joined(separator: ", ")
            throw Problem.invalid(nil, "There is a parameter that is not known here; this address takes \(taken).")
        }
        if let name = known.first(where: { name in names.count { $0 == name } > 1 }) {
            throw Problem.invalid(name, "\(name) stands more than once in the address.")
        }
        return try await next(request, context)
    }
}
