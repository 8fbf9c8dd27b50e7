internal import HTTPTypes
internal import Hummingbird

/// Which methods each address takes: tells an unknown address from a known one asked in the wrong way.
struct RouteTable {
    private let routes: [(segments: [Substring], method: HTTPRequest.Method)]

    init(_ endpoints: [Endpoint]) {
        routes = endpoints.map { ($0.path.split(separator: "/"), $0.method) }
    }

    func problem(_ request: Request) -> Problem {
        let methods = methods(for: request.uri.path)
        // Of an address with more behind it the router may know the beginning alone.
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
        if segments.last.map({ $0 == Endpoint.rest }) ?? false {
            return asked.count >= segments.count && matches(segments.dropLast(), Array(asked.prefix(segments.count - 1)))
        }
        return segments.count == asked.count && zip(segments, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
