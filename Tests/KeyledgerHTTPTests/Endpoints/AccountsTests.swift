import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("An account sees itself alone")
struct AccountsTests {
    private static let bodies = ["changeKey": #"{"name":"mine"}"#, "revokeKey": #"{"reason":"r"}"#]

    /// All that an account's key can be given.
    private static let everything: [Permission] = Permission.allCases

    @Test("Over every address with an id: another account's is answered exactly as an unknown one")
    func ids() async throws {
        try await Service.run { service in
            let caller = try await service.key(account: "a", permissions: Self.everything)
            let theirs = try await service.key("theirs", account: "b", permissions: [.keysRead], metadata: ["k": "v"])
            let before = try service.ledger.log.lastPosition()
            // Like an id made at about the same time.
            let unknown = String(theirs.id.dropLast(4)) + (theirs.id.hasSuffix("0000") ? "1111" : "0000")
            for operation in OpenAPI.shared.operations where operation.path.contains("{id}") && !operation.isOfAccount {
                let method = try #require(HTTPRequest.Method(operation.method))
                for body in Set([Self.bodies[operation.id], operation.method == "GET" ? nil : "{}"]) {
                    let answers = try await [theirs.id, unknown, "nonsense"].asyncMap {
                        try await service.call(method, operation.path.replacing("{id}", with: $0), key: caller.secret, body)
                    }
                    #expect(answers.allSatisfy { $0.status == 404 && $0.code == "UNKNOWN_KEY" }, "\(operation.id)")
                    #expect(Set(answers.map(\.text)).count == 1)
                    #expect(answers.allSatisfy { $0.headers == answers[0].headers })
                }
            }
            for path in ["/v1/usage?keyId=", "/v1/events?keyId="] {
                let answers = try await [theirs.id, unknown, "nonsense"].asyncMap {
                    try await service.call(.get, path + $0, key: caller.secret)
                }
                #expect(Set(answers.map(\.text)).count == 1 && answers[0].status == 404)
            }
            #expect(try service.ledger.log.lastPosition() == before)
            #expect(try await service.call(.get, "/v1/keys/\(theirs.id)")["name"]?.string == "theirs")
        }
    }

    @Test("Over every address that takes an account: likewise")
    func accounts() async throws {
        try await Service.run { service in
            let caller = try await service.key(account: "a", permissions: Self.everything)
            _ = try await service.key(account: "b")
            for method in [HTTPRequest.Method.get, .post] {
                for path in method == .get ? ["/v1/keys", "/v1/usage", "/v1/events"] : ["/v1/keys"] {
                    let answers = try await ["b", "nobody", "operator"].asyncMap { account in
                        method == .get
                            ? try await service.call(.get, path + "?account=" + account, key: caller.secret)
                            : try await service.call(.post, path, key: caller.secret, "{\"name\":\"n\",\"accountId\":\"\(account)\"}")
                    }
                    #expect(answers.allSatisfy { $0.status == 404 && $0.code == "UNKNOWN_ACCOUNT" })
                    #expect(Set(answers.map(\.text)).count == 1)
                }
            }
        }
    }

    @Test("Lists hold the account's keys alone; the operator's hold all")
    func lists() async throws {
        try await Service.run { service in
            let caller = try await service.key(account: "b", permissions: Self.everything)
            let mine = try await service.key(account: "b")
            // Names that sort around it, and begin with it.
            for account in ["a", "b1", "b.", "c", "B"] { _ = try await service.key(account: account) }
            for (path, id) in [("/v1/keys", "id"), ("/v1/usage", "keyId")] {
                for query in ["", "?account=b", "?order=desc", "?limit=1"] {
                    var ids: [String] = []
                    var cursor: String?
                    repeat {
                        let more = cursor.map { (query.isEmpty ? "?" : "&") + "cursor=" + $0 } ?? ""
                        let answer = try await service.call(.get, path + query + more, key: caller.secret)
                        ids += (answer["data"]?.elements ?? []).compactMap { $0[id]?.string }
                        cursor = answer["nextCursor"]?.string
                    } while cursor != nil
                    #expect(ids.sorted() == [caller.id, mine.id].sorted(), "\(path)\(query)")
                }
                #expect(try await service.call(.get, path)["data"]?.elements.count == 8)
            }
        }
    }

    @Test("A cursor of somewhere else opens nothing")
    func foreignCursor() async throws {
        try await Service.run { service in
            let caller = try await service.key(account: "b", permissions: Self.everything)
            _ = try await service.key(account: "c")
            let cursor = try #require(try await service.call(.get, "/v1/keys?limit=1")["nextCursor"]?.string)
            let answer = try await service.call(.get, "/v1/keys?cursor=\(cursor)", key: caller.secret)
            #expect((answer["data"]?.elements ?? []).allSatisfy { $0["accountId"]?.string == "b" })
        }
    }

    @Test("A verdict on another account's key is as on one that does not exist, in both ways to ask")
    func verdicts() async throws {
        try await Service.run { service in
            let caller = try await service.key(account: "a", permissions: Self.everything)
            let mine = try await service.key(account: "a")
            let theirs = try await service.key(account: "b", metadata: ["k": "v"])
            let revoked = try await service.key(account: "b")
            try await service.revoke(revoked)
            #expect(try await service.call(.post, "/v1/verify", key: caller.secret, "{\"key\":\"\(mine.secret)\"}").code == "VALID")
            for key in [theirs, revoked] {
                let body = "{\"key\":\"\(key.secret)\"}"
                let answer = try await service.call(.post, "/v1/verify", key: caller.secret, body)
                #expect(answer.status == 200 && answer.code == "NOT_FOUND")
                #expect(
                    ["keyId", "accountId", "name", "scopes", "environment", "expiresAt", "metadata"].allSatisfy { answer[$0] == .null })
                let batch = try await service.call(.post, "/v1/verify/batch", key: caller.secret, "{\"requests\":[\(body)]}")
                #expect(batch["results"]?[0]?["code"]?.string == "NOT_FOUND")
            }
            // The operator's own key is another account's too.
            let answer = try await service.call(.post, "/v1/verify", key: caller.secret, "{\"key\":\"\(service.admin.secret)\"}")
            #expect(answer.code == "NOT_FOUND")
            #expect(try await service.call(.get, "/v1/keys/\(theirs.id)")["usageCount"]?.whole == 0)
        }
    }

    @Test("The operator acts on every account")
    func operatorKey() async throws {
        try await Service.run { service in
            let theirs = try await service.key(account: "b")
            #expect(try await service.call(.post, "/v1/keys", #"{"name":"n","accountId":"b"}"#)["accountId"]?.string == "b")
            #expect(try await service.call(.patch, "/v1/keys/\(theirs.id)", #"{"name":"new"}"#)["name"]?.string == "new")
            #expect(try await service.call(.post, "/v1/verify", "{\"key\":\"\(theirs.secret)\"}").code == "VALID")
            #expect(try await service.call(.post, "/v1/keys/\(theirs.id)/revoke").status == 200)
        }
    }
}
