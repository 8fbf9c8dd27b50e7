internal import Hummingbird

/// For load balancers and supervisors; they hold no key.
enum HealthEndpoint {
    static let all = [Endpoint(method: .get, path: "/healthz", access: .open { try .document(Health()) })]

    private struct Health: Encodable {
        let status = "ok"
    }
}
