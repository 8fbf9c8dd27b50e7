import APITestSupport
import Hummingbird
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("The description names what there is")
struct RoutesTests {
    @Test("Every route is described, and every described one exists")
    func routes() async throws {
        try await Service.run { service in
            // Gateways ask with any method, which is more than routes can be; one is described.
            let registered = Set(
                buildRouter(ledger: service.ledger).routes.map {
                    "\($0.method.rawValue) \("\($0.path)".replacing("**", with: Endpoint.catchAll))"
                }
            )
            .union(["GET \(AuthAddress.path)"])
            let described = Set(OpenAPI.shared.operations.map { "\($0.method) \($0.path)" })
            #expect(registered == described)
            #expect(OpenAPI.shared.operations.count == described.count)
        }
    }

    @Test("Every query parameter that an endpoint takes is described, and the other way round")
    func parameters() async throws {
        try await Service.run { service in
            let events = EventEndpoints(streams: EventStreams(service.ledger, EventStreamSettings()))
            let endpoints = HealthEndpoints.all + VerifyEndpoints.all + KeyEndpoints.all + UsageEndpoints.all + events.all
            for endpoint in endpoints {
                let operation = OpenAPI.shared.operation(endpoint.method, endpoint.path)
                let described = (operation?.parameters ?? []).filter { $0["in"]?.string == "query" }
                #expect(Set(endpoint.query) == Set(described.compactMap { $0["name"]?.string }), "\(endpoint.path)")
                let repeatable = described.filter { $0["schema"]?["type"]?.string == "array" }
                #expect(Set(endpoint.repeatable) == Set(repeatable.compactMap { $0["name"]?.string }), "\(endpoint.path)")
            }
        }
    }

    @Test("Every type of event is described, and the other way round")
    func eventTypes() {
        let described = OpenAPI.shared.document["components"]?["schemas"]?["EventType"]?["enum"]?.elements ?? []
        #expect(described.compactMap(\.string) == EventType.allCases.map(\.rawValue))
    }

    @Test("So is every parameter of forward-auth")
    func authParameters() {
        let described = (OpenAPI.shared.operation(.get, AuthAddress.path)?.parameters ?? []).compactMap { $0["name"]?.string }
        #expect(described == ForwardAuthRequirements.parameters)
    }

    @Test("Every problem code is described, and the other way round")
    func problemCodes() {
        let described = OpenAPI.shared.document["components"]?["schemas"]?["Problem"]?["properties"]?["code"]?["enum"]?.elements
        #expect(Set((described ?? []).compactMap(\.string)) == Set(ProblemCode.allCases.map(\.rawValue)))
    }

    @Test("Commands take an idempotency key")
    func idempotencyKeys() {
        for operation in OpenAPI.shared.operations
        where operation.method != "GET" && (operation.path.hasPrefix("/v1/keys") || operation.isOfAccount) {
            #expect(operation.parameters.contains { $0["name"]?.string == "Idempotency-Key" }, "\(operation.id)")
        }
    }
}
