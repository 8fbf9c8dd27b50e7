internal import HTTPTypes
internal import Hummingbird
internal import Synchronization

/// The methods that each address of the dashboard takes, so that a wrong method can be told from an unknown address (RFC 9110
/// section 15.5.6).
final class PageMethods: Sendable {
    private let routes = Mutex<[(segments: [Substring], method: HTTPRequest.Method)]>([])

    /// Learns the routes of a router that lie below the dashboard's path.
    func learn(_ router: Router<some RequestContext>) {
        let known = router.routes.map { (path: $0.path.description, method: $0.method) }
        let own = known.filter { $0.path == Dashboard.root || $0.path.hasPrefix(Dashboard.root + "/") }
        routes.withLock { routes in routes = own.map { ($0.path.split(separator: "/"), $0.method) } }
    }

    /// Returns the methods that a path takes, in the order of their names; none for an unknown path.
    func allowed(for path: String) -> [String] {
        let asked = path.split(separator: "/")
        let found = routes.withLock { routes in
            routes.filter { route in
                route.segments.count == asked.count && zip(route.segments, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
            }
        }
        var methods = Set(found.map(\.method.rawValue))
        if methods.contains("GET") { methods.insert("HEAD") }
        return methods.sorted()
    }
}
