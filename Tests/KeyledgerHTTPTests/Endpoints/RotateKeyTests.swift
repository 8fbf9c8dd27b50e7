import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("POST /v1/keys/{id}/rotate")
struct RotateKeyTests {
    private static func code(_ service: Service, _ secret: String) async throws -> String? {
        try await service.call(.post, "/v1/verify", "{\"key\":\"\(secret)\"}")["code"]?.string
    }

    @Test(
        "A new secret, shown once; the old one as was asked",
        arguments: [
            ("", "retiring", 86_400), (#"{"graceSeconds":60}"#, "retiring", 60), (#"{"graceSeconds":0}"#, "retired", nil),
            (#"{"retireWhenNewerUsed":true}"#, "retiring", nil),
            (#"{"graceSeconds":null,"retireWhenNewerUsed":false}"#, "retiring", 86_400),
        ] as [(String, String, Int64?)])
    func rotated(_ body: String, _ older: String, _ seconds: Int64?) async throws {
        try await Service.run { service in
            let key = try await service.key()
            #expect(try await Self.code(service, key.secret) == "VALID")
            let now = service.ledger.time.now
            let answer = try await service.call(.post, "/v1/keys/\(key.id)/rotate", body, headers: .idempotent("r"))
            #expect(answer.status == 200 && answer.headers[.cacheControl] == "no-store")
            let secret = try #require(answer["secret"]?.string)
            let secrets = try #require(answer["secrets"]?.elements)
            #expect(secrets.map { $0["status"]?.string } == [older, "active"])
            let retireAt = secrets[0]["retireAt"]?.string.flatMap { Timestamp(rfc3339: $0) }
            #expect((retireAt == nil) == (seconds == nil))
            if let retireAt, let seconds {
                #expect(retireAt >= now.adding(seconds: seconds) && retireAt <= service.ledger.time.now.adding(seconds: seconds))
            }
            let again = try await service.call(.post, "/v1/keys/\(key.id)/rotate", body, headers: .idempotent("r"))
            #expect(again["secret"] == .null && again["message"]?.string != nil && again.headers[.idempotentReplay] == "true")
            #expect(try await Self.code(service, key.secret) == (older == "retired" ? "REVOKED" : "VALID"))
            #expect(try await Self.code(service, secret) == "VALID")
            let shown = try await service.call(.get, "/v1/keys/\(key.id)")
            #expect(shown["secret"] == nil && !shown.text.contains(secret))
            #expect(shown["secrets"]?.elements.map { $0["lastUsedAt"]?.string != nil } == [true, true])
        }
    }

    @Test(
        "What cannot be meant is refused by name",
        arguments: [
            (#"{"graceSeconds":-1}"#, "graceSeconds"), (#"{"graceSeconds":31622401}"#, "graceSeconds"),
            (#"{"graceSeconds":1.5}"#, "graceSeconds"),
            (#"{"graceSeconds":9007199254740991}"#, "graceSeconds"), (#"{"graceSeconds":60,"retireWhenNewerUsed":true}"#, "graceSeconds"),
            (#"{"retireWhenNewerUsed":1}"#, "retireWhenNewerUsed"), (#"{"grace":"1d"}"#, "grace"),
        ])
    func refused(_ body: String, _ field: String) async throws {
        try await Service.run { service in
            let key = try await service.key()
            let before = try service.ledger.log.lastPosition()
            let answer = try await service.call(.post, "/v1/keys/\(key.id)/rotate", body)
            #expect(answer.status == 400 && answer["field"]?.string == field)
            #expect(try service.ledger.log.lastPosition() == before)
        }
    }
}

@Suite("POST /v1/revoke-by-secret")
struct RevokeBySecretEndpointTests {
    @Test("Ends the key of whoever asks, needs no other, and tells nothing to those who guess")
    func revokes() async throws {
        try await Service.run { service in
            let key = try await service.key()
            let answer = try await service.call(
                .post, "/v1/revoke-by-secret", key: nil, "{\"secret\":\"\(key.secret)\",\"reason\":\"found in a gist\"}")
            #expect(answer.status == 200 && answer["status"]?.string == "revoked" && answer["changed"] == .bool(true))
            #expect(answer["id"]?.string == key.id && !answer.text.contains(key.secret))
            let again = try await service.call(.post, "/v1/revoke-by-secret", key: nil, "{\"secret\":\"\(key.secret)\"}")
            #expect(again.status == 200 && again["changed"] == .bool(false))
            let unknown = try #require(SecretFormat(prefix: "lhql")).make(environment: "live", random: { 9 }).reveal()
            for (secret, status) in [(unknown, 404), (String(key.secret.dropLast()), 400), ("x", 400), ("", 400)] {
                let answer = try await service.call(.post, "/v1/revoke-by-secret", key: nil, "{\"secret\":\"\(secret)\"}")
                #expect(answer.status == status && (secret.count < 8 || !answer.text.contains(secret)))
            }
        }
    }

    @Test("Guessing is slowed down; whoever ends a key is not")
    func limited() async throws {
        try await Service.run { service in
            for _ in 0..<15 {
                let key = try await service.key()
                let answer = try await service.call(.post, "/v1/revoke-by-secret", key: nil, "{\"secret\":\"\(key.secret)\"}")
                #expect(answer.status == 200)
            }
            var statuses: [Int] = []
            for _ in 0..<12 {
                let answer = try await service.call(.post, "/v1/revoke-by-secret", key: nil, #"{"secret":"x"}"#)
                statuses.append(answer.status)
                if answer.status == 429 {
                    #expect(answer.headers[.retryAfter].flatMap { Int($0) }.map { (1...6).contains($0) } == true)
                    #expect(answer.code == "RATE_LIMITED")
                }
            }
            // One comes back every six seconds.
            #expect(statuses.prefix(10).allSatisfy { $0 == 400 } && statuses.contains(429))
        }
    }
}
