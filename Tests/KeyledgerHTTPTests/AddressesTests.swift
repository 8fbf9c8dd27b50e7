import APITestSupport
import HTTPTypes
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Addresses and methods")
struct AddressesTests {
    @Test(
        "An unknown address is a problem document",
        arguments: ["/", "/v1", "/v1/nothing", "/v1/keys/a/b", "/v1/verify/batch/x", "/V1/keys"])
    func unknown(_ path: String) async throws {
        try await Service.run { service in
            let answer = try await service.call(.get, path, key: nil)
            #expect(answer.status == 404 && answer.code == "UNKNOWN_ROUTE")
            #expect(answer.headers[.contentType] == "application/problem+json")
        }
    }

    @Test(
        "A wrong method says which are right",
        arguments: [
            ("/v1/verify", "POST"), ("/v1/keys", "GET, HEAD, POST"), ("/v1/keys/x", "GET, HEAD, PATCH"), ("/v1/keys/x/revoke", "POST"),
            ("/healthz", "GET, HEAD"),
        ])
    func method(_ path: String, _ allowed: String) async throws {
        try await Service.run { service in
            for method in [HTTPRequest.Method.put, .delete, .options] {
                let answer = try await service.call(method, path)
                #expect(answer.status == 405 && answer.code == "METHOD_NOT_ALLOWED")
                #expect(answer.headers[.allow] == allowed)
            }
        }
    }

    @Test("HEAD is GET without a body, for what goes wrong too")
    func head() async throws {
        try await Service.run { service in
            for path in ["/healthz", "/v1/keys", "/v1/nothing", "/v1/verify"] {
                let head = try await service.call(.head, path)
                #expect(head.text.isEmpty)
                let get = try await service.call(.get, path)
                #expect(head.status == get.status)
            }
        }
    }

    @Test("Health and readiness need no key, and tell no figures")
    func health() async throws {
        try await Service.run { service in
            let health = try await service.call(.get, "/healthz", key: nil)
            #expect(health.text == #"{"status":"ok"}"#)
            let readiness = try await service.call(.get, "/readyz", key: nil)
            #expect(readiness.text == #"{"status":"ready","problems":[]}"#)
        }
    }
}
