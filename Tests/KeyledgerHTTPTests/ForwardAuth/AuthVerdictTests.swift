import APITestSupport
import Foundation
import HTTPTypes
import Hummingbird
import KeyEvents
import Ledger
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Forward-auth: verdicts")
struct AuthVerdictTests {
    private static let realm = "Bearer realm=\"keyledger\""

    /// A customer's headers, and what becomes of them.
    private struct Case {
        let headers: HTTPFields
        var query = ""
        let code: String
        let status: Int
        /// The status in nginx's dialect.
        let nginxStatus: Int
        let challenge: String?
    }

    private static func cases(_ service: Service) async throws -> [Case] {
        func bearer(_ key: Service.Key) -> HTTPFields { [.authorization: "Bearer " + key.secret] }
        let (good, revoked, disabled) = (try await service.key(scopes: ["a:*"]), try await service.key(), try await service.key())
        try await service.revoke(revoked)
        try await service.disable(disabled)
        let fenced = try await service.key(ipAllowlist: ["192.0.2.0/24"])
        let expired = try await service.key(expiresIn: 5)
        service.clock.advance(seconds: 10)
        let unknown = try #require(SecretFormat(prefix: "lhql")).make(environment: "live", random: { 1 }).reveal()
        let invalid = realm + ", error=\"invalid_token\""
        let bad = realm + ", error=\"invalid_request\""
        let lacking = realm + ", error=\"insufficient_scope\", scope=\"a:read b:read c:read\""
        var wrong = [
            Case(headers: [:], code: "MISSING", status: 401, nginxStatus: 401, challenge: realm),
            Case(headers: bearer(fenced), code: "IP_NOT_ALLOWED", status: 403, nginxStatus: 403, challenge: nil),
            Case(
                headers: bearer(good), query: "scope=a:read&scope=b:read&scope=c:read", code: "INSUFFICIENT_SCOPE", status: 403,
                nginxStatus: 403, challenge: lacking),
            Case(headers: bearer(good), query: "environment=test", code: "NOT_FOUND", status: 401, nginxStatus: 401, challenge: invalid),
            Case(headers: [.authorization: "Bearer " + unknown], code: "NOT_FOUND", status: 401, nginxStatus: 401, challenge: invalid),
            Case(headers: [.apiKey: "x"], code: "MALFORMED", status: 401, nginxStatus: 401, challenge: invalid),
        ]
        for (key, code) in [(revoked, "REVOKED"), (expired, "EXPIRED"), (disabled, "DISABLED")] {
            wrong.append(Case(headers: bearer(key), code: code, status: 401, nginxStatus: 401, challenge: invalid))
        }
        let unusable: [HTTPFields] = [
            [.authorization: "Basic " + good.secret], bearer(good).merging([.apiKey: good.secret]), bearer(good).merging(bearer(good)),
            [.authorization: good.secret], [.listingsKey: good.secret, .apiKey: good.secret],
            bearer(good).merging([.originalURI: "/a?page=1&API%5fKey=\(good.secret)"]),
            bearer(good).merging([.forwardedURI: "/a?access_token=x"]), [.forwardedURI: "/a?key=\(good.secret)"],
        ]
        return wrong + unusable.map { Case(headers: $0, code: "BAD_HEADER", status: 400, nginxStatus: 401, challenge: bad) }
    }

    @Test("Every refusal in both forms, whoever asks", arguments: [Service.Listener.main, .gateways])
    func refusals(_ listener: Service.Listener) async throws {
        let settings = ForwardAuthSettings(keyHeader: KeyHeader("X-Listings-Key"))
        try await Service.run(listener, forwardAuth: settings) { service in
            let gateway: HTTPFields = listener == .gateways ? [:] : [.serviceKey: service.admin.secret]
            for refused in try await Self.cases(service) {
                for isNginx in [false, true] {
                    let query = [refused.query, isNginx ? "proxy=nginx" : ""].filter { !$0.isEmpty }.joined(separator: "&")
                    let answer = try await service.call(.get, "/v1/auth?" + query, key: nil, headers: gateway.merging(refused.headers))
                    #expect(answer.status == (isNginx ? refused.nginxStatus : refused.status), "\(refused.code)")
                    #expect(answer.code == refused.code && answer["status"]?.whole == UInt64(refused.status))
                    #expect(answer.headers[.code] == refused.code && answer.headers[.trueStatus] == String(refused.status))
                    #expect(answer.headers[.wwwAuthenticate] == refused.challenge)
                    #expect([HTTPField.Name.keyID, .keyName, .accountID, .keyScopes].allSatisfy { answer.headers[$0] == "-" })
                    let problemText = answer.headers[.problem]
                    #expect((problemText != nil) == isNginx)
                    if let problemText {
                        #expect(try JSONValue(parsing: problemText) == answer.json && problemText.utf8.allSatisfy { $0 < 0x7F })
                    }
                }
            }
        }
    }

    @Test("An accepted key tells who it is")
    func accepted() async throws {
        let settings = ForwardAuthSettings(keyHeader: KeyHeader("X-Listings-Key"))
        try await Service.run(.gateways, forwardAuth: settings) { service in
            let named = try await service.key("Zürich – Büro 1/2", account: "acme", scopes: ["a:*", "b"])
            for headers in [[.authorization: "bearer " + named.secret], [.apiKey: named.secret], [.listingsKey: named.secret]]
                as [HTTPFields]
            {
                let answer = try await service.call(
                    .get, "/v1/auth?scope=a:x&scope=b&environment=live&proxy=nginx", key: nil, headers: headers)
                #expect(answer.status == 200 && answer.text.isEmpty)
                #expect(answer.headers[.keyID] == named.id && answer.headers[.accountID] == "acme")
                #expect(answer.headers[.keyName] == "Z%C3%BCrich%20%E2%80%93%20B%C3%BCro%201%2F2" && answer.headers[.keyScopes] == "a:* b")
                #expect(answer.headers[.code] == "VALID")
            }
            let plain = try await service.key("-")
            let answer = try await service.call(.get, "/v1/auth", key: plain.secret)
            #expect(answer.headers[.keyName] == "%2D" && answer.headers[.keyScopes] == "-")
            #expect(try await service.ledger.accounts.erasePersonalFields(of: #require(AccountID("acme"))))
            let erased = try await service.call(.get, "/v1/auth", key: named.secret)
            #expect(erased.status == 200 && erased.headers[.keyName] == "-" && erased.headers[.keyID] == named.id)
        }
    }

    @Test("A use that cannot be recorded is never accepted: 503, which nginx is told as 403")
    func unrecorded() async throws {
        try await Service.run(mapSize: 2 << 20, .gateways) { service in
            let key = try await service.key(scopes: ["*"])
            let scopes = (0..<30).map { "scope=" + String(repeating: "s", count: 120) + "\($0)" }.joined(separator: "&")
            var answer = try await service.call(.get, "/v1/auth?" + scopes, key: key.secret)
            for _ in 0..<1000 where answer.status == 200 { answer = try await service.call(.get, "/v1/auth?" + scopes, key: key.secret) }
            #expect(answer.status == 503 && answer.code == "STORAGE_FULL" && answer.headers[.retryAfter] == "1")
            let nginx = try await service.call(.get, "/v1/auth?proxy=nginx&" + scopes, key: key.secret)
            #expect(nginx.status == 403 && nginx.headers[.trueStatus] == "503" && nginx.headers[.retryAfter] == "1")
            service.ledger.close()
            let closed = try await service.call(.get, "/v1/auth?proxy=nginx", key: key.secret)
            #expect(closed.status == 403 && closed.headers[.trueStatus] == "503" && closed.headers[.code] == "UNAVAILABLE")
            let id = try #require(closed.headers[.requestID])
            #expect(service.log.lines.contains { $0.hasPrefix("error") && $0.contains(id) })
        }
    }

    @Test("Whatever the status of a problem, nginx gets one that it takes")
    func forms() throws {
        for code in ProblemCode.allCases {
            let problem = Problem(code, "“d”", headers: [.retryAfter: "7"])
            let response = try ResponseDialect.nginx.refused(problem)
            #expect(response.status == (code.status == 400 || code.status == 401 ? 401 : 403))
            #expect(response.headers[.keyledgerStatus] == String(code.status) && response.headers[.retryAfter] == "7")
            #expect(try ResponseDialect.plain.refused(problem).status == code.status)
        }
        #expect(try ResponseDialect.plain.refused(Problem(.rateLimited, "d")).status == 429)
    }
}

extension HTTPField.Name {
    static let forwardedURI = Self("X-Forwarded-Uri")!
    static let listingsKey = Self("X-Listings-Key")!
    static let originalURI = Self("X-Original-URI")!
}
