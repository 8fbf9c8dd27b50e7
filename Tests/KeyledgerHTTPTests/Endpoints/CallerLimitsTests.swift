import APITestSupport
import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import Projections
import TestSupport
import Testing
import Validation

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("A key gives nobody more than it has")
struct CallerLimitsTests {
    private static let hour: Int64 = 3600

    @Test("Not more time, to itself or to others; operators' keys excepted")
    func time() async throws {
        try await Service.run { service in
            let permissions: [Permission] = [.keysRead, .keysWrite]
            let short = try await service.key("short", account: "acme", permissions: permissions, expiresIn: Self.hour)
            let lasting = try await service.key("lasting", account: "acme")
            let soon = service.ledger.time.now.adding(seconds: 60)
            let late = service.ledger.time.now.adding(seconds: 2 * Self.hour)
            func refused(_ method: HTTPRequest.Method, _ path: String, _ body: String, _ field: String = "expiresAt") async throws {
                let answer = try await service.call(method, path, key: short.secret, body)
                #expect(answer.status == 403 && answer.code == "CANNOT_GRANT" && answer["field"]?.string == field, "\(answer.text)")
            }
            let before = try service.ledger.log.lastPosition()
            try await refused(.patch, "/v1/keys/\(short.id)", #"{"expiresAt":null}"#)
            try await refused(.patch, "/v1/keys/\(short.id)", "{\"expiresAt\":\"\(late)\"}")
            try await refused(.post, "/v1/keys", #"{"name":"n"}"#)
            try await refused(.post, "/v1/keys", "{\"name\":\"n\",\"expiresAt\":\"\(late)\"}")
            // The caller that rotates a key gets its secret.
            try await refused(.post, "/v1/keys/\(lasting.id)/rotate", "{}")
            #expect(try service.ledger.log.lastPosition() == before)

            let made = try await service.call(.post, "/v1/keys", key: short.secret, "{\"name\":\"n\",\"expiresAt\":\"\(soon)\"}")
            #expect(made.status == 201)
            // Less is no more, also of a key that has more.
            let path = "/v1/keys/\(lasting.id)"
            #expect(try await service.call(.patch, path, key: short.secret, "{\"expiresAt\":\"\(late)\"}").status == 200)
            try await refused(.patch, path, #"{"expiresAt":null}"#)
            #expect(try await service.call(.patch, path, key: short.secret, #"{"name":"other"}"#).status == 200)
            #expect(try await service.call(.post, "/v1/keys/\(short.id)/rotate", key: short.secret, "{}").status == 200)
            #expect(try await service.call(.post, path + "/revoke", key: short.secret, "{}").status == 200)

            let operators = try await service.key("operator's", permissions: [.admin], expiresIn: Self.hour)
            #expect(try await service.call(.post, "/v1/keys", key: operators.secret, #"{"name":"n","accountId":"acme"}"#).status == 201)
        }
    }

    @Test("A secret that was given an end gives no more than that, and does not take the key back from its newer one")
    func replacedSecrets() async throws {
        try await Service.run { service in
            let key = try await service.key("rotated", account: "acme", permissions: [.keysRead, .keysWrite])
            let path = "/v1/keys/\(key.id)/rotate"
            let first = try await service.call(.post, path, key: key.secret, #"{"graceSeconds":60}"#)
            #expect(first.status == 200)
            let lasting = try await service.call(.post, "/v1/keys", key: key.secret, #"{"name":"n"}"#)
            #expect(lasting.status == 403 && lasting["field"]?.string == "expiresAt", "\(lasting.text)")
            let soon = service.ledger.time.now.adding(seconds: 30)
            #expect(try await service.call(.post, "/v1/keys", key: key.secret, "{\"name\":\"n\",\"expiresAt\":\"\(soon)\"}").status == 201)
            // While nobody has used the newer one, its answer may have been lost.
            let second = try await service.call(.post, path, key: key.secret, #"{"graceSeconds":60}"#)
            let newer = try #require(second["secret"]?.string)
            #expect(try await service.call(.post, "/v1/keys", key: newer, #"{"name":"n"}"#).status == 201)
            for grace in [0, 60] {
                let taken = try await service.call(.post, path, key: key.secret, "{\"graceSeconds\":\(grace)}")
                #expect(taken.status == 403 && taken.code == "CANNOT_GRANT", "\(taken.text)")
            }
            #expect(try await service.call(.post, path, key: newer, #"{"graceSeconds":0}"#).status == 200)
        }
    }

    @Test("A key of a test environment makes no other, and gives none more")
    func environments() async throws {
        try await Service.run { service in
            let test = try await service.key("test", account: "acme", environment: "test", permissions: [.keysRead, .keysWrite])
            let live = try await service.key("live", account: "acme", permissions: [.keysRead, .keysWrite])
            for body in [#"{"name":"n"}"#, #"{"name":"n","environment":"live"}"#] {
                let refused = try await service.call(.post, "/v1/keys", key: test.secret, body)
                #expect(refused.status == 403 && refused["field"]?.string == "environment", "\(refused.text)")
            }
            let path = "/v1/keys/\(live.id)"
            for (method, path, body) in [
                (.post, path + "/rotate", "{}"), (.post, path + "/enable", "{}"), (.patch, path, #"{"name":"other"}"#),
                (.patch, path, #"{"scopes":["*"]}"#),
                (.patch, path, #"{"expiresAt":null}"#), (.patch, path, #"{"ipAllowlist":[]}"#),
            ] as [(HTTPRequest.Method, String, String)] {
                let before = try service.ledger.log.lastPosition()
                let refused = try await service.call(method, path, key: test.secret, body)
                #expect(refused.status == 403 && refused.code == "CANNOT_GRANT", "\(path) \(body): \(refused.text)")
                #expect(try service.ledger.log.lastPosition() == before)
            }
            let made = try await service.call(.post, "/v1/keys", key: test.secret, #"{"name":"n","environment":"test"}"#)
            #expect(made.status == 201)
            let id = try #require(made["key"]?["id"]?.string ?? made["id"]?.string)
            #expect(try await service.call(.patch, "/v1/keys/\(id)", key: test.secret, #"{"scopes":["*"]}"#).status == 200)
            #expect(try await service.call(.post, "/v1/keys/\(id)/revoke", key: test.secret, "{}").status == 200)
            #expect(try await service.call(.post, "/v1/keys", key: live.secret, #"{"name":"n","environment":"test"}"#).status == 201)
        }
    }

    @Test("Who says what an account may is asked again when it is written")
    func rulesByAKeyThatChanged() async throws {
        try await Service.run { service in
            let key = try await service.key("boss", permissions: [.keysRead, .keysWrite])
            let caller = try #require(try service.ledger.verifier.authenticateCaller(key.secret).caller)
            let id = try #require(KeyID(key.id))
            _ = try await service.ledger.commands.changeKey(id, KeyChange(permissions: [.keysRead]), by: .commandLine)
            let acme = try #require(AccountID("acme"))
            await #expect(throws: ServiceError.missingPermission(.keysWrite)) {
                try await service.ledger.accounts.changeAccount(acme, AccountRulesChange(keyLimit: .own(5)), by: caller)
            }
            try await service.disable(key)
            await #expect(throws: ServiceError.callerRefused(.disabled)) {
                try await service.ledger.accounts.changeAccount(acme, AccountRulesChange(keyLimit: .own(5)), by: caller)
            }
        }
    }

    @Test("A change of an account's rules takes an idempotency key as every command does")
    func accountReplay() async throws {
        try await Service.run { service in
            func change(_ body: String, _ id: String?) async throws -> Answer {
                try await service.call(.patch, "/v1/accounts/acme", body, headers: id.map { .idempotent($0) } ?? [:])
            }
            let first = try await change(#"{"keyLimit":5}"#, "a")
            #expect(first.status == 200 && first["repeated"] == .bool(false) && first.headers[.idempotentReplay] == nil)
            #expect(try await change(#"{"keyLimit":7,"grantable":["a:*"]}"#, nil)["keyLimit"]?.whole == 7)
            let position = try service.ledger.log.lastPosition()
            let again = try await change(#"{ "keyLimit": 5 }"#, "a")
            #expect(again.headers[.idempotentReplay] == "true")
            #expect(again.text == first.text.replacing(#""repeated":false"#, with: #""repeated":true"#))
            #expect(try service.ledger.log.lastPosition() == position)
            #expect(try await service.call(.get, "/v1/accounts/acme")["keyLimit"]?.whole == 7)
            // The event says under which id it was commanded.
            let events = try await service.call(.get, "/v1/events?type=AccountChanged")["data"]?.elements ?? []
            #expect(events.map { $0["commandId"]?.string } == ["a", nil])
            // The ids of all commands of a caller are one set.
            for (method, path, body) in [
                (HTTPRequest.Method.patch, "/v1/accounts/acme", #"{"keyLimit":6}"#), (.patch, "/v1/accounts/other", #"{"keyLimit":5}"#),
                (.post, "/v1/keys", #"{"name":"n"}"#),
            ] {
                let other = try await service.call(method, path, body, headers: .idempotent("a"))
                #expect(other.status == 422 && other.code == "IDEMPOTENCY_KEY_REUSED", "\(other.text)")
            }
            _ = try await service.call(.post, "/v1/keys", #"{"name":"n"}"#, headers: .idempotent("k"))
            #expect(try await change(#"{"keyLimit":5}"#, "k").status == 422)
        }
    }

    @Test("No account gets a name that no address can hold")
    func dots() async throws {
        try await Service.run { service in
            for name in [".", ".."] {
                let answer = try await service.call(.post, "/v1/keys", "{\"name\":\"n\",\"accountId\":\"\(name)\"}")
                #expect(answer.status == 400 && answer["field"]?.string == "accountId", "\(answer.text)")
                let account = try #require(AccountID(name))
                await #expect(throws: ServiceError.self) {
                    try await service.ledger.accounts.changeAccount(account, AccountRulesChange(keyLimit: .own(5)), by: .commandLine)
                }
            }
            #expect(try await service.call(.post, "/v1/keys", #"{"name":"n","accountId":"..."}"#).status == 201)
        }
    }

    @Test("Not more addresses")
    func addresses() async throws {
        try await Service.run(over: .live) { service in
            let fenced = try await service.key(
                "fenced", account: "acme", permissions: [.keysRead, .keysWrite], ipAllowlist: ["127.0.0.0/8", "2001:db8::/32"])
            let open = try await service.key("open", account: "acme")
            let other = try await service.key("other", account: "acme", ipAllowlist: ["192.0.2.0/24"])
            func call(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws -> Answer {
                try await service.call(method, path, key: fenced.secret, body)
            }
            func refused(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws {
                let answer = try await call(method, path, body)
                #expect(
                    answer.status == 403 && answer.code == "CANNOT_GRANT" && answer["field"]?.string == "ipAllowlist", "\(answer.text)")
            }
            try await refused(.patch, "/v1/keys/\(fenced.id)", #"{"ipAllowlist":[]}"#)
            try await refused(.patch, "/v1/keys/\(fenced.id)", #"{"ipAllowlist":["0.0.0.0/0"]}"#)
            try await refused(.post, "/v1/keys", #"{"name":"n"}"#)
            try await refused(.post, "/v1/keys", #"{"name":"n","ipAllowlist":["127.0.0.1","203.0.113.0/24"]}"#)
            try await refused(.post, "/v1/keys/\(open.id)/rotate", "{}")
            try await refused(.patch, "/v1/keys/\(other.id)", #"{"ipAllowlist":[]}"#)
            #expect(try await call(.post, "/v1/keys", #"{"name":"n","ipAllowlist":["127.0.0.1","2001:db8:1::/48"]}"#).status == 201)
            #expect(try await call(.patch, "/v1/keys/\(open.id)", #"{"ipAllowlist":["203.0.113.0/24"]}"#).status == 200)
            #expect(try await call(.patch, "/v1/keys/\(other.id)", #"{"ipAllowlist":["192.0.2.7","127.0.0.1"]}"#).status == 200)
            #expect(try await call(.patch, "/v1/keys/\(fenced.id)", #"{"ipAllowlist":["127.0.0.1"]}"#).status == 200)
        }
    }

    @Test("Not scopes beyond those that its account may give; people and operators excepted")
    func scopes() async throws {
        try await Service.run { service in
            let key = try await service.key("boss", account: "acme", scopes: ["*"], permissions: [.keysRead, .keysWrite])
            let old = try await service.key("old", account: "acme", scopes: ["billing:read", "listings:read"])
            func call(_ method: HTTPRequest.Method, _ path: String, _ body: String, by secret: String? = nil) async throws -> Answer {
                try await service.call(method, path, key: secret ?? key.secret, body)
            }
            #expect(try await call(.post, "/v1/keys", #"{"name":"n","scopes":["billing:write"]}"#).status == 201)
            // It does not free itself.
            #expect(try await call(.patch, "/v1/accounts/acme", #"{"grantable":null}"#).status == 403)
            #expect(try await call(.patch, "/v1/accounts/globex", #"{"grantable":null}"#).status == 404)
            let set = try await call(.patch, "/v1/accounts/acme", #"{"grantable":["listings:*"]}"#, by: service.admin.secret)
            #expect(set.status == 200 && set["grantable"] == .array([.string("listings:*")]))
            // What there is of an account that has nothing but rules can be asked for.
            _ = try await call(.patch, "/v1/accounts/newone", #"{"keyLimit":7,"grantable":["a","a"]}"#, by: service.admin.secret)
            let events = try await service.call(.get, "/v1/events?account=newone")
            #expect(events["data"]?.elements.map { $0["type"]?.string } == ["AccountChanged"])
            #expect(events["data"]?.elements.first?["grantable"] == .array([.string("a")]))
            for (path, body) in [
                ("/v1/keys", #"{"name":"n","scopes":["billing:write"]}"#), ("/v1/keys", #"{"name":"n","scopes":["*"]}"#),
                ("/v1/keys/\(old.id)/rotate", "{}"),
            ] {
                let answer = try await call(.post, path, body)
                #expect(answer.status == 403 && answer["field"]?.string == "scopes", "\(answer.text)")
            }
            #expect(try await call(.patch, "/v1/keys/\(old.id)", #"{"scopes":["listings:read","billing:write"]}"#).status == 403)
            // What a key has it may keep, and its own secret it may replace.
            let own = try await service.key("own", account: "acme", scopes: ["billing:read"], permissions: [.keysRead, .keysWrite])
            #expect(try await service.call(.post, "/v1/keys/\(own.id)/rotate", key: own.secret, "{}").status == 200)
            #expect(try await call(.patch, "/v1/keys/\(old.id)", #"{"scopes":["billing:read","listings:write"]}"#).status == 200)
            #expect(try await call(.post, "/v1/keys", #"{"name":"n","scopes":["listings:write","listings:*"]}"#).status == 201)
            let person = Caller(
                actor: Actor(kind: .account, id: "acme"), account: try #require(AccountID("acme")),
                permissions: PermissionSet([.keysRead, .keysWrite]))
            _ = try await service.ledger.commands.createKey(CreateKey(name: "n", scopes: ["billing:write"]), by: person)
            #expect(try await call(.patch, "/v1/accounts/acme", #"{"grantable":null}"#, by: service.admin.secret)["grantable"] == .null)
            #expect(try await call(.post, "/v1/keys", #"{"name":"n","scopes":["billing:write"]}"#).status == 201)
        }
    }

    @Test("No more keys than its account may have; those that have ended do not count")
    func keys() async throws {
        try await Service.run { service in
            let key = try await service.key("boss", account: "acme", permissions: [.keysRead, .keysWrite])
            func make(_ expiry: String = "") async throws -> Answer {
                try await service.call(.post, "/v1/keys", key: key.secret, "{\"name\":\"n\"\(expiry)}")
            }
            func shown() async throws -> [UInt64?] {
                let answer = try await service.call(.get, "/v1/accounts/acme", key: key.secret)
                return [answer["keys"]?.whole, answer["keyLimit"]?.whole]
            }
            #expect(try await shown() == [1, 100_000])
            let set = try await service.call(.patch, "/v1/accounts/acme", #"{"keyLimit":3}"#)
            #expect(set.status == 200 && set["keys"]?.whole == 1 && set["keyLimit"]?.whole == 3 && set["grantable"] == .null)
            let second = try await make()
            let end = service.ledger.time.now.adding(seconds: 60)
            let third = try await make(",\"expiresAt\":\"\(end)\"")
            #expect(second.status == 201 && third.status == 201)
            let fourth = try await make()
            #expect(fourth.status == 409 && fourth.code == "TOO_MANY_KEYS", "\(fourth.text)")
            // The limit is that of the key's account, whichever caller makes the key.
            let operators = try await service.call(.post, "/v1/keys", #"{"name":"n","accountId":"acme"}"#)
            #expect(operators.status == 409)
            #expect(try await service.call(.post, "/v1/keys", #"{"name":"n","accountId":"globex"}"#).status == 201)
            let id = try #require(second["id"]?.string)
            _ = try await service.call(.post, "/v1/keys/\(id)/revoke", key: key.secret, "{}")
            #expect(try await shown() == [2, 3])
            #expect(try await make().status == 201)
            service.clock.advance(seconds: 61)
            // An expiry that nobody has recorded yet is one.
            #expect(try await shown() == [2, 3])
            #expect(try await make().status == 201)
            let ended = try #require(third["id"]?.string)
            #expect(try await service.call(.post, "/v1/keys/\(ended)/revoke", key: key.secret, "{}").status == 200)
            #expect(try await shown() == [3, 3])
            #expect(try await make().code == "TOO_MANY_KEYS")
            // A replay of the log counts the same.
            let report = try await onThread { try service.ledger.maintenance.replay(isCheck: true) { _, _ in } }
            #expect(report.differences.count == 0, "\(report)")
            #expect(try await shown() == [3, 3])
            for id in ["user@example.com", "user%40example.com", "a%3Ab"] {
                #expect(try await service.call(.get, "/v1/accounts/\(id)")["keys"]?.whole == 0)
            }
            let standard = try await service.call(.patch, "/v1/accounts/acme", #"{"keyLimit":null}"#)
            #expect(standard["keyLimit"]?.whole == 100_000)
        }
    }

    @Test("Without keys.read a command tells no more than what it changed")
    func answers() async throws {
        try await Service.run { service in
            let writer = try await service.key("writer", account: "acme", permissions: [.keysWrite])
            let key = try await service.key("secret name", account: "acme", scopes: ["a:b"], metadata: ["k": "hidden"])
            func fields(_ method: HTTPRequest.Method, _ path: String, _ body: String) async throws -> Set<String> {
                let answer = try await service.call(method, path, key: writer.secret, body)
                #expect(answer.status == 200 && !answer.text.contains("hidden") && !answer.text.contains("secret name"), "\(answer.text)")
                return Set(answer.json.fields.map(\.name))
            }
            let known: Set = ["id", "accountId", "status", "repeated", "position"]
            let path = "/v1/keys/\(key.id)"
            #expect(try await fields(.patch, path, "{}") == known)
            #expect(try await fields(.patch, path, #"{"scopes":["c"]}"#) == known.union(["scopes"]))
            #expect(
                try await fields(.post, path + "/rotate", "{}")
                    == known.union(["environment", "hint", "secret", "message", "secrets"]))
            for action in ["/disable", "/enable", "/revoke"] { _ = try await fields(.post, path + action, "{}") }
            let all = try await service.call(.patch, "/v1/keys/\(writer.id)", #"{"name":"x"}"#)
            #expect(all.json.fields.count > 10)
        }
    }
}
