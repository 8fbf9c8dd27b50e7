import APITestSupport
import Foundation
import HTTPTypes
import KeyledgerClient
import Synchronization
import Testing

@testable import ListingsAPI

@Suite("Who sees and changes what")
struct AccessTests {
    @Test("Another account's listing is as unknown as none")
    func accounts() async throws {
        try await Service.run { service in
            let made = try await service.create(["externalId": #""P-1""#])
            let unknown = Service.listings + "/lst_" + String(repeating: "0", count: 32)
            for (method, body) in [(HTTPRequest.Method.get, nil), (.put, Service.listing()), (.patch, "{}"), (.delete, nil)] {
                let headers: HTTPFields = [.ifMatch: "*"]
                let foreign = try await service.call(method, Service.listings + "/" + made.id, body, key: "other/rw", headers: headers)
                let none = try await service.call(method, unknown, body, key: "other/rw", headers: headers)
                #expect(foreign.status == 404 && foreign.text == none.text && foreign.headers == none.headers, "\(method)")
            }
            let bulk = try await service.call(
                .post, Service.listings + "/bulk", Service.bulk([Service.listing(["externalId": #""P-1""#])]), key: "other/rw")
            #expect(bulk["counts"]?["created"]?.whole == 1)
            #expect(try await service.call(.get, Service.listings + "/" + made.id).tag == made.tag)
        }
    }

    @Test("Reading and changing need a scope each")
    func scopes() async throws {
        try await Service.run { service in
            let uri = Service.listings + "/" + (try await service.create().id)
            for operation in OpenAPI.shared.operations where !operation.isOpen {
                let method = try #require(HTTPRequest.Method(operation.method))
                let path = operation.path == "/v1/listings/{id}" ? uri : operation.path
                let (needed, other) = method == .get ? ("read", "w") : ("write", "r")
                let refused = try await service.call(method, path, method == .get ? nil : "{}", key: "acme/" + other)
                #expect(refused.status == 403 && refused.code == "INSUFFICIENT_SCOPE", "\(operation.id)")
                #expect(refused.headers[.wwwAuthenticate]?.hasSuffix("scope=\"listings:\(needed)\"") == true)
                #expect(try await service.call(method, path, nil, key: nil).status == 401)
                #expect(try await service.call(method, path, nil, key: "nobody").status == 401)
                #expect(try await service.call(method, path, nil, key: "two keys").status == 400)
                #expect(try await service.call(method, path, nil, key: "acme/limited").headers[.retryAfter] == "3")
            }
        }
    }

    @Test("A key for trying things out neither sees nor changes what is live")
    func environments() async throws {
        try await Service.run { service in
            let made = try await service.create(["externalId": #""P-1""#])
            let uri = Service.listings + "/" + made.id
            let calls: [(HTTPRequest.Method, String, String?)] = [
                (.get, Service.listings, nil), (.get, uri, nil), (.post, Service.listings, Service.listing()),
                (.put, uri, Service.listing(["price": "1"])), (.patch, uri, #"{"price":1}"#), (.delete, uri, nil),
                (.post, Service.listings + "/bulk", Service.bulk([Service.listing(["externalId": #""P-1""#, "price": "1"])])),
            ]
            for (method, path, body) in calls {
                let refused = try await service.call(method, path, body, key: "acme/rw/test", headers: [.ifMatch: "*"])
                #expect(refused.status == 401 && refused.code == "NOT_FOUND", "\(method) \(path): \(refused.text)")
            }
            #expect(try await service.call(.get, uri).text == made.text)
        }
        // One that serves another environment takes that one's keys alone.
        try await Service.run(environment: "test") { service in
            _ = try await service.create(key: "acme/rw/test")
            #expect(try await service.call(.get, Service.listings, key: "acme/rw").code == "NOT_FOUND")
        }
    }

    @Test("While the ledger is away nothing is answered but health")
    func outage() async throws {
        try await Service.run(verifier: ByAccount(error: ByAccount.down)) { service in
            let refused = try await service.call(.get, Service.listings)
            #expect(refused.status == 503 && refused.headers[.retryAfter] == "1")
            let health = try await service.call(.get, "/healthz", key: nil)
            #expect(health.text == #"{"status":"ok"}"#)
        }
    }

    @Test("Recent keys may read, where the operator chose so; for five minutes, and only what they could")
    func recentKeys() async throws {
        let (verifier, clock) = (SwitchedVerifier(), SettableClock())
        let recent = RecentKeys(verifier, now: clock.now)
        try await Service.run(verifier: recent, outage: .decide(recent.decide)) { service in
            _ = try await service.create()
            #expect(try await service.call(.get, Service.listings, key: "acme/r").status == 200)
            verifier.isDown.withLock { $0 = true }
            #expect(try await service.call(.get, Service.listings, key: "acme/r").status == 200)
            #expect(try await service.call(.get, Service.listings, key: "acme/rx").status == 503, "never seen")
            #expect(try await service.call(.post, Service.listings, Service.listing()).status == 503, "changing is not reading")
            clock.advance(301)
            #expect(try await service.call(.get, Service.listings, key: "acme/r").status == 503, "too long ago")
            verifier.isDown.withLock { $0 = false }
            #expect(try await service.call(.get, Service.listings, key: "acme/r").status == 200)
            verifier.isRevoked.withLock { $0 = true }
            #expect(try await service.call(.get, Service.listings, key: "acme/r").status == 401)
            verifier.isDown.withLock { $0 = true }
            #expect(try await service.call(.get, Service.listings, key: "acme/r").status == 503, "refused since")
        }
    }
}
