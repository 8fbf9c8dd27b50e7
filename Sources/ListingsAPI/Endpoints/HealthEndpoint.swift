internal import Hummingbird

/// The endpoint for load balancers and supervisors, which present no key.
enum HealthEndpoint {
    static let all = [Endpoint(method: .get, path: "/healthz", access: .open { try .document(Health()) })]

    private struct Health: Encodable {
        let status = "ok"
    }
}
