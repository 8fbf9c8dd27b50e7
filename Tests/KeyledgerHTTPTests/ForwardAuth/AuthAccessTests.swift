import APITestSupport
import Bytes
import HTTPConnections
import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import LedgerQueries
import Logging
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Forward-auth: who may ask, and how")
struct AuthAccessTests {
    @Test("A gateway without a good key of its own is told so, and not that the customer's key is bad")
    func serviceKeys() async throws {
        try await Service.run { service in
            let (customer, revoked) = (try await service.key(), try await service.key(permissions: [.verify]))
            try await service.revoke(revoked)
            let weak = try await service.key(permissions: [.keysRead])
            let two = HTTPFields([
                .init(name: .serviceKey, value: service.admin.secret), .init(name: .serviceKey, value: service.admin.secret),
            ])
            let wrong: [HTTPFields] = [
                [:], [.serviceKey: ""], [.serviceKey: "x"], [.serviceKey: revoked.secret], [.serviceKey: weak.secret],
                [.serviceKey: customer.secret], two,
            ]
            let before = try service.ledger.log.lastPosition()
            for headers in wrong {
                for (query, status) in [("", 403), ("?proxy=nginx", 403)] {
                    let answer = try await service.call(.get, "/v1/auth" + query, key: customer.secret, headers: headers)
                    #expect(answer.status == status && answer.code == "GATEWAY_MISCONFIGURED")
                    #expect(answer.headers[.trueStatus] == "403" && answer.headers[.wwwAuthenticate] == nil)
                    let id = try #require(answer.headers[.requestID])
                    #expect(
                        service.log.lines.contains { $0.hasPrefix("error") && $0.contains("X-Keyledger-Service-Key") && $0.contains(id) })
                }
            }
            #expect(try service.ledger.log.lastPosition() == before)
            let gateway = try await service.key(permissions: [.verify])
            #expect(try await service.call(.get, "/v1/auth", key: customer.secret, headers: [.serviceKey: gateway.secret]).status == 200)
        }
    }

    @Test("A gateway of one account knows only that account's keys")
    func account() async throws {
        try await Service.run { service in
            let gateway = try await service.key(account: "a", permissions: [.verify])
            for (account, status) in [("a", 200), ("b", 401)] {
                let customer = try await service.key(account: account)
                let answer = try await service.call(.get, "/v1/auth", key: customer.secret, headers: [.serviceKey: gateway.secret])
                #expect(answer.status == status)
            }
        }
    }

    @Test(
        "An address that is not right is the operator's mistake: a parameter that is unknown, doubled, or says nothing",
        arguments: [
            "scoope=a", "scope=", "scope=a%20b", "environment=live&environment=test", "environment=LIVE", "proxy=apache", "preflight=yes",
            "scope=%FF", "scope", "key=x",
        ])
    func badAddresses(_ query: String) async throws {
        try await Service.run(.gateways) { service in
            let key = try await service.key(scopes: ["*"])
            let answer = try await service.call(.get, "/v1/auth?" + query, key: key.secret)
            #expect(answer.status == 403 && answer.code == "GATEWAY_MISCONFIGURED", "\(answer.text)")
            let nginx = try await service.call(.get, "/v1/auth?proxy=nginx&" + query, key: key.secret)
            #expect(nginx.status == 403 && nginx.headers[.trueStatus] == "403")
            let path = try await service.call(.get, "/v1/auth/for/\(query)//a", key: key.secret)
            #expect(path.status == 403 && path.code == "GATEWAY_MISCONFIGURED")
            #expect(service.log.lines.contains { $0.hasPrefix("error") && $0.contains("The address at which the gateway asks is wrong") })
        }
    }

    @Test("No header of a customer lowers what is required, nor a query where it is the customer's")
    func requirements() async throws {
        try await Service.run(over: .live, .gateways) { service in
            let key = try await service.key(scopes: ["listings:read"])
            let tricks: HTTPFields = [
                .originalURI: "/v1/auth?scope=listings:read&preflight=allow", .forwardedURI: "/v1/auth?scope=listings:read",
                .init("X-Forwarded-Query")!: "scope=listings:read", .init("X-Keyledger-Scope")!: "listings:read",
                .init("Scope")!: "listings:read",
                .init("X-Key-Scopes")!: "*", .init("X-HTTP-Method-Override")!: "GET", .origin: "https://a.example",
                .accessControlRequestMethod: "GET", .init("X-Forwarded-Method")!: "OPTIONS",
            ]
            for path in [
                "/v1/auth?scope=listings:write", "/v1/auth/for/scope=listings:write//a?scope=listings:read&preflight=allow&proxy=nginx",
                "/v1/auth/for/scope=listings:write//v1/auth/for/scope=listings:read/a",
                "/v1/auth/for/scope=listings:write//../../for/scope=listings:read/a",
                "/v1/auth/for/scope=listings:write//%2e%2e/%2e%2e/for/scope=listings:read/a",
            ] {
                let answer = try await service.call(.options, path, key: key.secret, headers: tricks)
                #expect(answer.status == 403 && answer.code == "INSUFFICIENT_SCOPE", "\(path): \(answer.status)")
                #expect(answer.headers[.wwwAuthenticate]?.hasSuffix("scope=\"listings:write\"") == true)
            }
            #expect(try await service.call(.get, "/v1/auth/for/scope=listings:read//a?scope=x", key: key.secret).status == 200)
            #expect(try await service.call(.get, "/v1/auth/for/-//a", key: key.secret).status == 200)
            // A key in the query is detected by its value: a backend's own parameter may have any name.
            #expect(try await service.call(.get, "/v1/auth/for/-//a?key=city", key: key.secret).status == 200)
            #expect(try await service.call(.get, "/v1/auth/for/-//a?api_key=x", key: key.secret).code == "BAD_HEADER")
            #expect(try await service.call(.get, "/v1/auth/for/scope=listings:read", key: key.secret).status == 404)
        }
    }

    @Test("Any method; HEAD likewise, without a body")
    func methods() async throws {
        try await Service.run { service in
            let key = try await service.key()
            let gateway: HTTPFields = [.serviceKey: service.admin.secret]
            for name in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY", "BREW", "get"] {
                let method = try #require(HTTPRequest.Method(name))
                #expect(try await service.call(method, "/v1/auth", key: key.secret, headers: gateway).status == 200, "\(name)")
                let refused = try await service.call(method, "/v1/auth", key: nil, headers: gateway)
                #expect(refused.status == 401 && refused.text.isEmpty == (name == "HEAD"), "\(name)")
            }
        }
    }

    @Test("A preflight passes without a key where that is wanted, and nothing else does")
    func preflights() async throws {
        try await Service.run(over: .live, .gateways) { service in
            let preflight: HTTPFields = [
                .init("X-Forwarded-Method")!: "OPTIONS", .origin: "https://a.example", .accessControlRequestMethod: "DELETE",
            ]
            let passed = try await service.call(.get, "/v1/auth?preflight=allow&scope=a", key: nil, headers: preflight)
            #expect(passed.status == 200 && passed.headers[.code] == "PREFLIGHT")
            #expect([HTTPField.Name.keyID, .keyName, .accountID, .keyScopes].allSatisfy { passed.headers[$0] == "-" })
            #expect(try await service.call(.get, "/v1/auth?scope=a", key: nil, headers: preflight).status == 401)
            var other = preflight
            other[.init("X-Forwarded-Method")!] = "DELETE"
            #expect(try await service.call(.get, "/v1/auth?preflight=allow", key: nil, headers: other).status == 401)
            // Envoy's form: the method is the customer's.
            other[.init("X-Forwarded-Method")!] = nil
            #expect(try await service.call(.options, "/v1/auth/for/preflight=allow//a", key: nil, headers: other).status == 200)
            #expect(try await service.call(.get, "/v1/auth/for/preflight=allow//a", key: nil, headers: other).status == 401)
        }
    }

    @Test("The use is recorded with the customer's method, path and address, and held against an IP allowlist")
    func recorded() async throws {
        try await Service.run(over: .live, .gateways) { service in
            let key = try await service.key(ipAllowlist: ["192.0.2.0/24"])
            let headers: HTTPFields = [
                .init("X-Forwarded-For")!: "198.51.100.9, 192.0.2.7", .init("X-Forwarded-Method")!: "PUT",
                .forwardedURI: "/listings/42?a=b",
            ]
            #expect(try await service.call(.get, "/v1/auth?scope=", key: key.secret, headers: headers).status == 403)
            #expect(try await service.call(.get, "/v1/auth", key: key.secret, headers: headers).status == 200)
            var used: (UseContext, Actor)?
            try service.ledger.events.events(from: #require(try service.ledger.log.lastPosition()), limit: 1) { _, event, personal in
                used = (UseContext(clientAddress: personal?.clientAddress, method: personal?.method, path: personal?.path), event.actor)
            }
            #expect(used?.0 == UseContext(clientAddress: "192.0.2.7", method: "PUT", path: "/listings/42"))
            #expect(used?.1 == Actor(kind: .system, id: "forward-auth"))
            for hops in ["192.0.2.7, 198.51.100.9", "192.0.2.7, nobody"] {
                let answer = try await service.call(.get, "/v1/auth", key: key.secret, headers: [.init("X-Forwarded-For")!: hops])
                #expect(answer.status == 403 && answer.code == "IP_NOT_ALLOWED", "\(hops)")
            }
        }
    }

    @Test("A gateway that is not trusted may ask, and what it tells of the customer is not believed")
    func untrusted() async throws {
        let settings = ForwardAuthSettings(trustedProxies: TrustedProxies(["10.0.0.0/8"].compactMap { IPNetwork($0) }))
        try await Service.run(over: .live, .gateways, forwardAuth: settings) { service in
            let (key, fenced) = (try await service.key(), try await service.key(ipAllowlist: ["192.0.2.0/24"]))
            let headers: HTTPFields = [.init("X-Forwarded-For")!: "192.0.2.7", .init("X-Forwarded-Method")!: "PUT", .forwardedURI: "/a"]
            #expect(try await service.call(.get, "/v1/auth", key: key.secret, headers: headers).status == 200)
            var personal: PersonalFields?
            try service.ledger.events.events(from: #require(try service.ledger.log.lastPosition()), limit: 1) { personal = $2 }
            #expect(personal?.clientAddress == nil && personal?.method == nil && personal?.path == nil)
            #expect(try await service.call(.get, "/v1/auth", key: fenced.secret, headers: headers).code == "IP_NOT_ALLOWED")
        }
    }

    @Test("A listener for gateways answers nothing else")
    func nothingElse() async throws {
        try await Service.run(.gateways) { service in
            for path in ["/healthz", "/readyz"] {
                let answer = try await service.call(.get, path, key: nil)
                #expect(answer.status == 200)
            }
            // Elsewhere these are known addresses, asked in the wrong way.
            for (method, path) in [
                (HTTPRequest.Method.put, "/v1/keys"), (.get, "/v1/verify"), (.post, "/v1/keys"),
                (.get, "/dashboard/property-listings/settings"),
            ] {
                #expect(try await service.call(method, path).status == 404)
            }
        }
    }

    @Test("A header for keys has a name that says nothing else")
    func keyHeaders() {
        for name in ["X-Listings-Key", "api-token"] { #expect(KeyHeader(name) != nil) }
        for name in [
            "", "a b", "Authorization", "X-API-KEY", "x-forwarded-for", "X-Keyledger-Service-Key", "X-Key-Id", "X-Account-Id", "Host", "ä",
        ] {
            #expect(KeyHeader(name) == nil, "\(name)")
        }
    }

    @Test("Whoever asks without a key fills no log")
    func fewLines() async throws {
        let capture = LogCapture()
        let quiet = capture.quietLogger
        let logger = Logger(label: "test") { _ in RepetitionLimiter(quiet.handler) }
        try await Service.run { service in
            let application = buildApplication(buildRouter(ledger: service.ledger), logger: logger)
            try await application.test(.router) { client in
                for _ in 0..<500 {
                    let answer = try await client.execute(uri: "/v1/auth", method: .get)
                    #expect(answer.status == .forbidden)
                }
            }
        }
        let lines = capture.lines.count { $0.contains("X-Keyledger-Service-Key") }
        #expect(lines > 0 && lines < 50, "\(lines)")
    }
}
