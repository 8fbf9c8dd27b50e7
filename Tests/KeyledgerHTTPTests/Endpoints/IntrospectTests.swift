import APITestSupport
import Foundation
import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("POST /v1/introspect")
struct IntrospectTests {
    private static let form: HTTPFields = [.contentType: "application/x-www-form-urlencoded; charset=UTF-8"]

    private static func basic(_ user: String, _ password: String) -> HTTPFields {
        var headers = form
        headers[.authorization] = "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
        return headers
    }

    @Test("A good key is active, with the standard's fields; every other one is not, and nothing is told of it")
    func tokens() async throws {
        try await Service.run { service in
            let caller = try await service.key("caller", account: "acme", permissions: [.verify])
            let key = try await service.key(
                "Ünïcødé", account: "acme", environment: "test", scopes: ["a:b", "c"], expiresIn: 3600)
            func ask(_ body: String, by secret: String? = nil) async throws -> Answer {
                try await service.call(.post, "/v1/introspect", key: secret ?? service.admin.secret, body, headers: Self.form)
            }
            let answer = try await ask("token=\(key.secret)&token_type_hint=access_token&resource=x")
            #expect(answer.status == 200 && answer.headers[.cacheControl] == "no-store")
            #expect(answer.headers[.contentType]?.hasPrefix("application/json") == true)
            let id = try #require(KeyID(key.id))
            let state = try #require(try service.ledger.key(id))
            #expect(answer["active"] == .bool(true) && answer["scope"]?.string == "a:b c" && answer["client_id"]?.string == key.id)
            #expect(answer["username"]?.string == "Ünïcødé" && answer["token_type"]?.string == "Bearer" && answer["sub"]?.string == "acme")
            #expect(
                answer["exp"]?.whole == state.expiresAt.map { UInt64($0.second) } && answer["iat"]?.whole == UInt64(state.createdAt.second))
            #expect(answer["environment"]?.string == "test")
            let lasting = try await service.key()
            #expect(try await ask("token=\(lasting.secret)").json.fields.allSatisfy { $0.name != "exp" })

            let (revoked, disabled) = (try await service.key(), try await service.key())
            let fenced = try await service.key(ipAllowlist: ["192.0.2.0/24"])
            let theirs = try await service.key(account: "globex")
            try await service.revoke(revoked)
            try await service.disable(disabled)
            for (token, by) in [
                (revoked.secret, nil), (disabled.secret, nil), (fenced.secret, nil), ("nonsense", nil), (theirs.secret, caller.secret),
            ] as [(String, String?)] {
                let answer = try await ask("token=\(token)", by: by)
                #expect(answer.status == 200 && answer.text == #"{"active":false}"#)
            }
            service.clock.advance(seconds: 3601)
            #expect(try await ask("token=\(key.secret)").text == #"{"active":false}"#)
            // Uses count, and refusals.
            let usage = try await service.call(.get, "/v1/usage?keyId=\(key.id)")
            #expect(usage["usageCount"]?.whole == 1)
        }
    }

    @Test("The caller may be a client with HTTP Basic, encoded as OAuth's clients encode it")
    func basicCredentials() async throws {
        try await Service.run { service in
            let caller = try await service.key("caller", permissions: [.verify])
            let weak = try await service.key("weak")
            let key = try await service.key()
            for (user, password) in [
                ("client", caller.secret), ("cl%3Aient+1", caller.secret.replacing("_", with: "%5F")), ("100%", caller.secret),
                ("", caller.secret),
            ] {
                let answer = try await service.call(
                    .post, "/v1/introspect", key: nil, "token=\(key.secret)", headers: Self.basic(user, password))
                #expect(answer["active"] == .bool(true), "\(answer.text)")
            }
            // User names end up in logs.
            let asUser = try await service.call(
                .post, "/v1/introspect", key: nil, "token=\(key.secret)", headers: Self.basic(caller.secret, ""))
            #expect(asUser.status == 400 && asUser.code == "BAD_HEADER" && asUser["detail"]?.string?.contains("leaked") == true)
            let besides = try await service.call(
                .post, "/v1/introspect", key: nil, "token=\(key.secret)", headers: Self.basic(weak.secret, caller.secret))
            #expect(besides.status == 400 && besides.code == "BAD_HEADER" && besides["detail"]?.string?.contains("leaked") == true)
            let wrong = try await service.call(
                .post, "/v1/introspect", key: nil, "token=\(key.secret)", headers: Self.basic("x", "lhql_live_wrong"))
            #expect(wrong.status == 401 && wrong.headers[.wwwAuthenticate]?.hasPrefix("Basic ") == true)
            #expect(wrong["error"]?.string == "invalid_client" && wrong["detail"]?.string?.contains("of the service that calls") == true)
            let missing = try await service.call(.post, "/v1/introspect", key: nil, "token=\(key.secret)", headers: Self.form)
            #expect(missing.status == 401 && missing.headers[.wwwAuthenticate]?.hasPrefix("Bearer ") == true)
            let lacking = try await service.call(
                .post, "/v1/introspect", key: nil, "token=\(key.secret)", headers: Self.basic("x", weak.secret))
            #expect(lacking.status == 403 && lacking.code == "MISSING_PERMISSION")
            // Nowhere else.
            let elsewhere = try await service.call(.get, "/v1/keys", key: nil, headers: Self.basic("x", service.admin.secret))
            #expect(elsewhere.status == 400)
        }
    }

    @Test("A key in the address, or in a field or a name of one that is no token, is said to be out of place")
    func misplaced() async throws {
        try await Service.run { service in
            let key = try await service.key()
            for (method, path) in [
                (HTTPRequest.Method.get, "/v1/introspect?token="), (.put, "/v1/introspect?token="), (.get, "/v1/nowhere?x="),
                (.get, "/nowhere/"), (.get, "//v1/keys?x="), (.get, "/readyz?x="),
            ] {
                let answer = try await service.call(method, path + key.secret, key: nil)
                #expect(answer.status == 400 && answer.code == "BAD_HEADER", "\(path) \(answer.text)")
                #expect(answer["detail"]?.string?.contains("consider it leaked") == true, "\(path) \(answer.text)")
            }
            for body in ["token=x&\(key.secret)=1", "token=x&hint=\(key.secret)", "\(key.secret)", "token=x&a=%20\(key.secret)"] {
                let answer = try await service.call(.post, "/v1/introspect", key: service.admin.secret, body, headers: Self.form)
                #expect(answer.status == 400 && answer.code == "SECRET_IN_FIELD", "\(answer.text)")
            }
            let client = "token=\(key.secret)&client_id=x&client_secret=\(service.admin.secret)"
            let answer = try await service.call(.post, "/v1/introspect", key: service.admin.secret, client, headers: Self.form)
            #expect(answer["active"] == .bool(true))
        }
    }

    @Test(
        "What is no question",
        arguments: [
            ("", 400), ("token=", 400), ("token=a&token=b", 400), ("Token=a", 400), ("token=%ff", 400),
            ("token_type_hint=access_token", 400),
        ])
    func invalid(_ body: String, _ status: Int) async throws {
        try await Service.run { service in
            let answer = try await service.call(.post, "/v1/introspect", key: service.admin.secret, body, headers: Self.form)
            #expect(answer.status == status, "\(answer.text)")
            let json = try await service.call(.post, "/v1/introspect", key: service.admin.secret, #"{"token":"x"}"#)
            #expect(json.status == 415)
            #expect(try await service.call(.get, "/v1/introspect?token=x", key: service.admin.secret).status == 405)
        }
    }
}
