internal import HTTPTypes
internal import Hummingbird
internal import LedgerAPI

/// The methods that each route takes. It distinguishes an unknown path from a known path with the wrong method.
struct RouteTable {
    private let routes: [(segments: [Substring], method: HTTPRequest.Method)]

    init(_ endpoints: [Endpoint]) {
        routes = endpoints.map { ($0.path.split(separator: "/"), $0.method) }
    }

    func problem(_ request: Request) -> Problem {
        let methods = methods(for: request.uri.path)
        // The router may know only the beginning of a path that has more behind it.
        guard !methods.isEmpty, !methods.contains(request.method.rawValue) else {
            return .unknownRoute
        }
        let allowed = methods.joined(separator: ", ")
        return Problem(.methodNotAllowed, "This address takes only \(allowed).", headers: [.allow: allowed])
    }

    private func methods(for path: String) -> [String] {
        let asked = path.split(separator: "/")
        var methods = routes.filter { Self.matches($0.segments, asked) }.map(\.method.rawValue)
        if methods.contains("GET") { methods.append("HEAD") }
        return methods.sorted()
    }

    private static func matches(_ segments: [Substring], _ asked: [Substring]) -> Bool {
        if segments.last.map({ $0 == Endpoint.catchAll }) ?? false {
            return asked.count >= segments.count && matches(segments.dropLast(), Array(asked.prefix(segments.count - 1)))
        }
        return segments.count == asked.count && zip(segments, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
