import APITestSupport
import Foundation
import HTTPTypes
import KeyEvents
import Ledger
import LedgerQueries
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("POST /v1/verify: verdicts")
struct VerdictTests {
    private static func verify(_ service: Service, _ secret: String, _ rest: String = "") async throws -> Answer {
        let answer = try await service.call(.post, "/v1/verify", "{\"key\":\"\(secret)\"\(rest)}")
        #expect(answer.status == 200)
        #expect(answer["valid"] == .bool(answer.code == "VALID"))
        return answer
    }

    @Test("A good key, with all that is known of it")
    func valid() async throws {
        try await Service.run { service in
            let key = try await service.key(
                "Booking", account: "acme", scopes: ["listings:*"], metadata: ["team": "a"], expiresIn: 3600)
            let answer = try await Self.verify(service, key.secret, #","scopes":["listings:read"],"environment":"live","ip":"192.0.2.1""#)
            #expect(answer.code == "VALID")
            #expect(answer["keyId"]?.string == key.id)
            #expect(answer["accountId"]?.string == "acme")
            #expect(answer["name"]?.string == "Booking")
            #expect(answer["metadata"] == .object([.init(name: "team", value: .string("a"))]))
            #expect(answer["scopes"] == .array([.string("listings:*")]))
            #expect(answer["environment"]?.string == "live")
            #expect(answer["expiresAt"]?.string != nil)
            #expect(answer["position"]?.whole == 1)
        }
    }

    @Test("An incomplete or mistyped key is told apart from an unknown one, and never quoted")
    func malformed() async throws {
        try await Service.run { service in
            let key = try await service.key()
            let sent = [
                "", "x", String(key.secret.dropLast(10)), String(key.secret.dropLast()) + (key.secret.last == "0" ? "1" : "0"),
                " " + key.secret,
            ]
            for secret in sent {
                let answer = try await Self.verify(service, secret)
                #expect(answer.code == "MALFORMED")
                #expect(answer["keyId"] == .null)
                #expect(secret.count < 5 || !answer.text.contains(secret))
            }
            let other = "lhql_live_" + String(repeating: "A", count: 43)
            #expect(try await Self.verify(service, other + "000000").code == "MALFORMED")
        }
    }

    @Test("A key of another environment than asked for is not found, and nothing is told of it")
    func otherEnvironment() async throws {
        try await Service.run { service in
            let key = try await service.key(environment: "test")
            let answer = try await Self.verify(service, key.secret, #","environment":"live""#)
            #expect(answer.code == "NOT_FOUND")
            #expect(answer["keyId"] == .null && answer["name"] == .null)
            #expect(try await Self.verify(service, key.secret, #","environment":"test""#).code == "VALID")
        }
    }

    @Test("Revoked, expired, disabled, lacking a scope: with a sentence")
    func refused() async throws {
        try await Service.run { service in
            let revoked = try await service.key()
            try await service.revoke(revoked)
            let disabled = try await service.key()
            try await service.disable(disabled)
            let short = try await service.key(expiresIn: 5)
            let narrow = try await service.key(scopes: ["listings:read"])
            service.clock.advance(seconds: 10)
            #expect(try await Self.verify(service, revoked.secret).code == "REVOKED")
            #expect(try await Self.verify(service, disabled.secret).code == "DISABLED")
            #expect(try await Self.verify(service, short.secret).code == "EXPIRED")
            let answer = try await Self.verify(service, narrow.secret, #","scopes":["listings:read","listings:write"]"#)
            #expect(answer.code == "INSUFFICIENT_SCOPE")
            #expect(answer["message"]?.string?.contains("listings:write") == true)
            #expect(answer["keyId"]?.string == narrow.id)
        }
    }

    @Test("A use counts, a dry run does not")
    func recording() async throws {
        try await Service.run { service in
            let key = try await service.key()
            let before = try service.ledger.log.lastPosition()
            try await Self.verifyDry(service, key)
            #expect(try service.ledger.log.lastPosition() == before)
            _ = try await Self.verify(service, key.secret, #","path":"/a?secret=1","method":"GET""#)
            let shown = try await service.call(.get, "/v1/keys/\(key.id)")
            #expect(shown["usageCount"]?.whole == 1)
            #expect(shown["lastUsedAt"]?.string != nil)
            var path: String?
            try service.ledger.events.events(from: (before ?? 0) + 1, limit: 1) { _, _, personal in path = personal?.path }
            #expect(path == "/a")
        }
    }

    private static func verifyDry(_ service: Service, _ key: Service.Key) async throws {
        #expect(try await verify(service, key.secret, #","dryRun":true"#).code == "VALID")
    }

    @Test("A revocation through another door is in force at the next question")
    func revokedElsewhere() async throws {
        try await Service.run { service in
            let key = try await service.key()
            #expect(try await Self.verify(service, key.secret).code == "VALID")
            try await service.revoke(key)
            #expect(try await Self.verify(service, key.secret).code == "REVOKED")
        }
    }

    @Test("minPosition: reached, reached while waiting, never reached")
    func minPosition() async throws {
        try await Service.run { service in
            let key = try await service.key()
            let last = try #require(try service.ledger.log.lastPosition())
            #expect(try await Self.verify(service, key.secret, ",\"minPosition\":\(last)").code == "VALID")
            async let waiting = Self.verify(service, key.secret, ",\"minPosition\":\(last + 2),\"dryRun\":true")
            try await Task.sleep(for: .milliseconds(50))
            try await service.revoke(key)
            #expect(try await waiting.code == "REVOKED")
            let answer = try await service.call(.post, "/v1/verify", "{\"key\":\"x\",\"minPosition\":\(last + 1000)}")
            #expect(answer.status == 503 && answer.code == "BEHIND")
            #expect(answer.headers[.retryAfter] == "1")
            let far = try await service.call(.post, "/v1/verify", #"{"key":"x","minPosition":9007199254740991}"#)
            #expect(far.status == 400 && far["field"]?.string == "minPosition")
        }
    }

    @Test("No room for a use: 503, never VALID, and the service is not ready")
    func storageFull() async throws {
        try await Service.run(mapSize: 2 << 20) { service in
            let key = try await service.key(scopes: ["*"])
            var readiness = try await service.call(.get, "/readyz", key: nil)
            // Pages that somebody else's question kept may be free a moment later.
            for _ in 0..<20 where readiness.status == 200 {
                try await service.fillUp(key)
                readiness = try await service.call(.get, "/readyz", key: nil)
            }
            #expect(readiness.status == 503 && readiness.code == "STORAGE_FULL")
            #expect(try await service.call(.get, "/healthz", key: nil).status == 200)
        }
    }

    @Test("A vault that is damaged or away is named by readiness, while keys are validated")
    func vault() async throws {
        try await Service.run { service in
            let key = try await service.key(account: "acme")
            let revoke = "/v1/keys/\(key.id)/disable"
            func readiness() async throws -> [String] {
                let answer = try await service.call(.get, "/readyz", key: nil)
                #expect(answer.status == 200 && !answer.text.contains("acme"), "\(answer.text)")
                return answer["problems"]?.elements.compactMap(\.string) ?? []
            }
            let (vault, away) = (service.ledger.folder.vault, service.ledger.folder.vault + "-away")
            #expect(try await readiness().isEmpty)
            try FileManager.default.moveItem(atPath: vault, toPath: away)
            #expect(try await readiness().count == 1)
            #expect(try await service.call(.post, revoke, #"{"reason":"r"}"#).status == 503)
            #expect(try await Self.verify(service, key.secret).code == "VALID")
            try FileManager.default.moveItem(atPath: away, toPath: vault)
            #expect(try await readiness().isEmpty)
            let file = URL(fileURLWithPath: vault + "/acme.key")
            let content = try Data(contentsOf: file)
            try Data("nothing".utf8).write(to: file)
            #expect(try await service.call(.post, revoke, #"{"reason":"r"}"#).status == 503)
            #expect(try await readiness().first?.contains("vault") == true)
            try content.write(to: file)
            #expect(try await readiness().isEmpty)
            #expect(try await service.call(.post, revoke, #"{"reason":"r"}"#).status == 200)
        }
    }
}
