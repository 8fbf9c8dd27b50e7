import APITestSupport
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("A path that is not spelled exactly leads nowhere")
struct PathSpellingTests {
    private static let misspelled = [
        "//v1//verify", "/v1/verify/", "/v1/./verify", "/v1/x/../verify", "/v1/%76erify", "//v1/verify", "/v1//verify", "/v1/verify/.",
        "/v1/verify//", "/%2fv1/verify", "/v1/verify%20",
    ]
    private static let misspelledOfGateways = [
        "//v1/auth", "/v1//auth", "/v1/auth/", "/v1/./auth", "/v1/%61uth", "/v1/auth//for/-/x", "/healthz/",
    ]

    /// The rules apply with the fast path and without it.
    @Test("on the service", arguments: [false, true]) func service(_ overSocket: Bool) async throws {
        try await Service.run(over: overSocket ? .live : .router) { (service: Service) async throws -> Void in
            let body = "{\"key\":\"\(service.admin.secret)\"}"
            for path in Self.misspelled {
                let answer = try await service.call(.post, path, body)
                #expect(answer.status == 404 && answer.code == "UNKNOWN_ROUTE", "\(path)")
            }
            let key = try await service.key()
            for path in Self.misspelledOfGateways + [
                "/v1/keys/", "/v1/keys/\(key.id)/", "/v1/keys/%6Bey_\(key.id.dropFirst(4))", "/dashboard/",
            ] {
                #expect(try await service.call(.get, path).code == "UNKNOWN_ROUTE", "\(path)")
            }
            #expect(try await service.call(.post, "/v1/verify", body).status == 200)
            #expect(try await service.call(.get, "/v1/keys/\(key.id)").status == 200)
        }
    }

    /// What stands behind the demand is the customer's, spelled as it is.
    @Test("on the gateways' listener", arguments: [false, true]) func gateways(_ overSocket: Bool) async throws {
        try await Service.run(over: overSocket ? .live : .router, .gateways) { (service: Service) async throws -> Void in
            for path in Self.misspelledOfGateways { #expect(try await service.call(.get, path).code == "UNKNOWN_ROUTE", "\(path)") }
            for path in ["/v1/auth", "/v1/auth/for/-/", "/v1/auth/for/-//a//%61/../"] {
                #expect(try await service.call(.get, path).status == 200, "\(path)")
            }
        }
    }

    @Test("Every answer over a socket says that it is of no other type")
    func noSniffing() async throws {
        for listener in [Service.Listener.main, .gateways] {
            try await Service.run(over: .live, listener) { (service: Service) async throws -> Void in
                let body = "{\"key\":\"\(service.admin.secret)\"}"
                for (method, path, json) in [
                    (.post, "/v1/verify", body), (.post, "/v1/verify", "{"), (.get, "/v1/auth", nil), (.get, "/healthz", nil),
                    (.put, "/v1/verify", nil), (.get, "/nowhere", nil), (.get, "/v1/keys", nil), (.head, "/healthz", nil),
                ] as [(HTTPRequest.Method, String, String?)] {
                    // The gateways' listener knows no other address than these.
                    if listener == .gateways, !["/v1/auth", "/healthz"].contains(path) { continue }
                    let answer = try await service.call(method, path, json)
                    #expect(answer.headers[values: .xContentTypeOptions] == ["nosniff"], "\(path) \(answer.status)")
                }
            }
        }
    }
}
