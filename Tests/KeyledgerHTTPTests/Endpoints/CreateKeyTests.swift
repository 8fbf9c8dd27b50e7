import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("POST /v1/keys")
struct CreateKeyTests {
    @Test("The fields of the contract, in its order, and where the key is found")
    func created() async throws {
        try await Service.run { service in
            let answer = try await service.call(
                .post, "/v1/keys",
                #"{"name":"Booking","accountId":"acme","environment":"test","expiresAt":"2099-01-01T01:00:00+01:00","scopes":["a:*"],"#
                    + #""permissions":["keys.read"],"metadata":{"k":"v"}}"#)
            #expect(answer.status == 201)
            #expect(
                answer.json.fields.map(\.name) == [
                    "id", "accountId", "name", "environment", "status", "hint", "secret", "message", "scopes", "permissions", "metadata",
                    "ipAllowlist", "createdAt", "expiresAt", "secrets", "repeated", "position",
                ])
            #expect(answer["expiresAt"]?.string == "2099-01-01T00:00:00.000000Z")
            #expect(answer["secret"]?.string?.hasPrefix("lhql_test_") == true)
            #expect(answer.headers[.location] == "/v1/keys/\(answer["id"]?.string ?? "")")
            #expect(answer.headers[.cacheControl] == "no-store")
            let shown = try await service.call(.get, answer.headers[.location] ?? "")
            #expect(shown["name"]?.string == "Booking" && shown["accountId"]?.string == "acme")
            #expect(shown["permissions"] == .array([.string("keys.read")]))
        }
    }

    @Test("A name is enough, null says nothing, and the account is the caller's")
    func least() async throws {
        try await Service.run { service in
            let caller = try await service.key(account: "acme", permissions: [.keysWrite])
            let answer = try await service.call(
                .post, "/v1/keys", key: caller.secret,
                #"{"name":"n","accountId":null,"expiresAt":null,"scopes":null,"permissions":null,"metadata":null,"environment":null}"#)
            #expect(answer.status == 201)
            #expect(answer["accountId"]?.string == "acme")
            #expect(answer["environment"]?.string == "live")
            #expect(answer["expiresAt"] == .null)
        }
    }

    @Test("Sent twice with one Idempotency-Key, one key; the secret is not shown again")
    func replay() async throws {
        try await Service.run { service in
            let first = try await service.call(.post, "/v1/keys", #"{"name":"n","scopes":["a","b"]}"#, headers: .idempotent("c1"))
            let position = try service.ledger.log.lastPosition()
            let again = try await service.call(.post, "/v1/keys", #"{ "scopes": ["a","b"], "name": "n" }"#, headers: .idempotent("c1"))
            #expect(again.status == 201)
            #expect(first.headers[.idempotentReplay] == nil)
            #expect(again.headers[.idempotentReplay] == "true")
            #expect(again.headers[.location] == first.headers[.location])
            #expect(again["secret"] == .null)
            #expect(first["message"] == .null && again["message"]?.string?.contains("rotate") == true)
            #expect(again["position"] == first["position"])
            #expect(first["repeated"] == .bool(false) && again["repeated"] == .bool(true))
            #expect(try service.ledger.log.lastPosition() == position)
            let other = try await service.call(.post, "/v1/keys", #"{"name":"m"}"#, headers: .idempotent("c1"))
            #expect(other.status == 422 && other.code == "IDEMPOTENCY_KEY_REUSED")
            // Another caller's command ids are its own.
            let caller = try await service.key(permissions: [.keysWrite])
            let theirs = try await service.call(.post, "/v1/keys", key: caller.secret, #"{"name":"m"}"#, headers: .idempotent("c1"))
            #expect(theirs.status == 201 && theirs["secret"] != .null)
        }
    }

    @Test("At the same time as well")
    func concurrentReplay() async throws {
        try await Service.run { service in
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await service.call(.post, "/v1/keys", #"{"name":"n"}"#, headers: .idempotent("c1")) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(answers.map { $0["id"]?.string }).count == 1)
            #expect(answers.count { $0["secret"] != .null } == 1)
        }
    }
}
