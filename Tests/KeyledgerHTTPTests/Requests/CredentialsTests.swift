import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Who calls")
struct CredentialsTests {
    @Test("One key, in either header; the scheme in any case")
    func accepted() async throws {
        try await Service.run { service in
            for scheme in ["Bearer ", "bearer ", "BEARER  "] {
                let answer = try await service.call(.get, "/v1/keys", key: nil, headers: [.authorization: scheme + service.admin.secret])
                #expect(answer.status == 200)
            }
            #expect(try await service.call(.get, "/v1/keys", key: nil, headers: [.apiKey: service.admin.secret]).status == 200)
        }
    }

    @Test("No key: 401, and how to send one")
    func missing() async throws {
        try await Service.run { service in
            for operation in OpenAPI.shared.operations where operation.value["security"] == nil {
                let method = try #require(HTTPRequest.Method(operation.method))
                let answer = try await service.call(method, operation.path, key: nil)
                #expect(answer.status == 401 && answer.code == "MISSING")
                #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"keyledger\"")
            }
        }
    }

    @Test("More than one key, another scheme, or a key in the address: 400")
    func badHeader() async throws {
        try await Service.run { service in
            let secret = service.admin.secret
            var twice = HTTPFields()
            twice.append(.init(name: .authorization, value: "Bearer " + secret))
            twice.append(.init(name: .authorization, value: "Bearer " + secret))
            let headers: [HTTPFields] = [
                [.authorization: "Bearer " + secret, .apiKey: secret], twice, [.authorization: "Basic " + secret],
                [.authorization: secret], [.authorization: "Bearer"], [.authorization: "Bearer "], [.apiKey: ""],
                [.authorization: "Bearer \(secret), Bearer \(secret)"], [.apiKey: "\(secret),\(secret)"],
            ]
            for header in headers {
                let answer = try await service.call(.get, "/v1/keys", key: nil, headers: header)
                #expect(answer.status == 400 && answer.code == "BAD_HEADER", "\(answer.text)")
                #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"keyledger\", error=\"invalid_request\"")
            }
            for name in ["key", "api_key", "access_token", "API_KEY", "api%5Fkey"] {
                for key in [nil, secret] {
                    let answer = try await service.call(.get, "/v1/keys?\(name)=\(secret)", key: key)
                    #expect(answer.status == 400 && answer.code == "BAD_HEADER", "\(name)")
                }
            }
        }
    }

    @Test("A header without a key in it has a sentence of its own")
    func empty() async throws {
        try await Service.run { service in
            for header in [[.apiKey: ""], [.authorization: "Bearer"], [.authorization: "bearer  "], [.authorization: ""]] as [HTTPFields] {
                let answer = try await service.call(.get, "/v1/keys", key: nil, headers: header)
                #expect(
                    answer.code == "BAD_HEADER" && answer["detail"]?.string?.contains("was sent without a key") == true, "\(answer.text)")
            }
            let other = try await service.call(.get, "/v1/keys", key: nil, headers: [.authorization: "Basic x"])
            #expect(other["detail"]?.string?.contains("was sent without a key") == false)
        }
    }

    @Test("A key that is not good: 401 with the verdict's code")
    func invalid() async throws {
        try await Service.run { service in
            let revoked = try await service.key(permissions: [.admin])
            try await service.revoke(revoked)
            let disabled = try await service.key(permissions: [.admin])
            try await service.disable(disabled)
            let short = try await service.key(permissions: [.admin], expiresIn: 5)
            service.clock.advance(seconds: 10)
            let unknown = try await Self.foreignSecret()
            let expected = [
                revoked.secret: "REVOKED", disabled.secret: "DISABLED", short.secret: "EXPIRED", unknown: "NOT_FOUND", "x": "MALFORMED",
                String(service.admin.secret.dropLast()): "MALFORMED",
            ]
            for (secret, code) in expected {
                for operation in OpenAPI.shared.operations where operation.value["security"] == nil {
                    let method = try #require(HTTPRequest.Method(operation.method))
                    let answer = try await service.call(method, operation.path, key: secret)
                    #expect(answer.status == 401 && answer.code == code)
                    #expect(answer.headers[.wwwAuthenticate] == "Bearer realm=\"keyledger\", error=\"invalid_token\"")
                }
            }
        }
    }

    /// A well-formed key that this ledger never made.
    private static func foreignSecret() async throws -> String {
        final class Box: @unchecked Sendable { var secret = "" }
        let box = Box()
        try await Service.run { box.secret = $0.admin.secret }
        return box.secret
    }

    @Test("A key that authorises calls is used, once a minute in the log")
    func internalUse() async throws {
        try await Service.run { service in
            for _ in 0..<5 { _ = try await service.call(.get, "/v1/keys") }
            #expect(try service.ledger.log.lastPosition() == 0)
        }
    }
}
