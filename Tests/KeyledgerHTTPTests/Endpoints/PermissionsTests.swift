import APITestSupport
import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import LedgerQueries
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("What a caller may do")
struct PermissionsTests {
    private static let needed: [String: Permission] = [
        "verifyKey": .verify, "verifyBatch": .verify, "listKeys": .keysRead, "showKey": .keysRead, "showUsage": .keysRead,
        "createKey": .keysWrite, "changeKey": .keysWrite, "revokeKey": .keysWrite, "disableKey": .keysWrite, "enableKey": .keysWrite,
        "rotateKey": .keysWrite, "showAccount": .keysRead, "changeAccount": .keysWrite,
        "logCheckpoint": .logRead, "logTile": .logRead, "logEntries": .logRead,
        "listEvents": .logRead,
    ]

    @Test("Every operation needs its permission; no scope gives one, not even *")
    func everyOperation() async throws {
        try await Service.run { service in
            for operation in OpenAPI.shared.operations where operation.value["security"] == nil {
                let permission = try #require(Self.needed[operation.id])
                // A checkpoint is for whoever is to keep one, with either permission.
                let either: Set<Permission> = operation.id == "logCheckpoint" ? [.logRead, .keysRead] : [permission]
                let others = Permission.allCases.filter { !either.contains($0) && $0 != .admin }
                let lacking = try await service.key(scopes: ["*", "admin", permission.rawValue], permissions: others)
                let holding = try await service.key(permissions: [permission])
                let target = try await service.key()
                let path = operation.path.replacing("{id}", with: operation.isOfAccount ? "operator" : target.id)
                let method = try #require(HTTPRequest.Method(operation.method))
                let before = try service.ledger.log.lastPosition()
                let refused = try await service.call(method, path, key: lacking.secret, "nonsense")
                #expect(refused.status == 403 && refused.code == "MISSING_PERMISSION", "\(operation.id)")
                #expect(try service.ledger.log.lastPosition() == before)
                #expect(try await service.call(method, path, key: holding.secret).status != 403, "\(operation.id)")
                for permission in either.subtracting([permission]) {
                    let other = try await service.key(permissions: [permission])
                    #expect(try await service.call(method, path, key: other.secret).status != 403, "\(operation.id) \(permission)")
                }
            }
        }
    }

    @Test("A call answered 403, or 404 for another account's data, is no use of its key but a refusal, with its code and permission")
    func denied() async throws {
        try await Service.run(over: .live) { service in
            let key = try await service.key(account: "acme", permissions: [.keysRead, .keysWrite])
            let (own, other) = (try await service.key(account: "acme"), try await service.key(account: "globex"))
            let from: HTTPFields = [.init("X-Forwarded-For")!: "203.0.113.5"]
            func call(_ method: HTTPRequest.Method, _ path: String, _ status: Int, _ body: String? = nil) async throws {
                let answer = try await service.call(method, path, key: key.secret, body, headers: from)
                #expect(answer.status == status, "\(path) \(answer.text)")
            }
            try await call(.get, "/v1/events", 403)
            try await call(.get, "/v1/keys/\(other.id)", 404)
            try await call(.get, "/v1/usage?keyId=\(other.id)", 404)
            try await call(.post, "/v1/keys/\(other.id)/revoke", 404)
            try await call(.get, "/v1/keys?account=globex", 404)
            try await call(.post, "/v1/keys", 404, #"{"name":"n","accountId":"globex"}"#)
            try await call(.post, "/v1/keys", 403, #"{"name":"n","permissions":["log.read"]}"#)
            // These are uses: nothing was asked for that the key must not have.
            try await call(.get, "/v1/keys/\(own.id)", 200)
            try await call(.get, "/v1/keys/key_" + String(repeating: "0", count: 32), 404)
            try await call(.get, "/v1/keys?nonsense=1", 400)
            _ = try await service.ledger.commands.disableKey(#require(KeyID(key.id)), by: .commandLine)
            // A record counts what came within a second.
            var found: [String: UInt64] = [:]
            try service.ledger.events.events(of: KeyID(key.id), from: 0, limit: .max) { _, event, personal in
                switch event.body {
                case .used(let use): found["used \(personal?.clientAddress ?? "-")", default: 0] += use.count
                case .refused(let use, let code):
                    found["\(code.name) \(use.permissionAsked ?? "-") \(personal?.clientAddress ?? "-")", default: 0] += use.count
                default: break
                }
            }
            #expect(
                found == [
                    "PERMISSION_DENIED - 203.0.113.5": 5, "PERMISSION_DENIED log.read 203.0.113.5": 2, "used 203.0.113.5": 3,
                ], "\(found)")
        }
    }

    @Test("Commands say from where they came; behind a proxy that is not trusted, that is the proxy")
    func whereCommandsCameFrom() async throws {
        for (proxies, expected) in [(TrustedProxies.loopback, "203.0.113.5"), (TrustedProxies([]), "127.0.0.1")] {
            try await Service.run(over: .live, forwardAuth: ForwardAuthSettings(trustedProxies: proxies)) { service in
                let from: HTTPFields = [.init("X-Forwarded-For")!: "198.51.100.9, 203.0.113.5"]
                let made = try await service.call(.post, "/v1/keys", #"{"name":"n","accountId":"acme"}"#, headers: from)
                let (id, secret) = (try #require(made["id"]?.string), try #require(made["secret"]?.string))
                for (path, body) in [("", #"{"name":"m"}"#), ("/disable", nil), ("/enable", nil), ("/rotate", nil)] as [(String, String?)] {
                    let method = path.isEmpty ? HTTPRequest.Method.patch : .post
                    #expect(try await service.call(method, "/v1/keys/\(id)\(path)", body, headers: from).status == 200)
                }
                let ended = try await service.call(.post, "/v1/revoke-by-secret", key: nil, "{\"secret\":\"\(secret)\"}", headers: from)
                #expect(ended.status == 200)
                var addresses: [String?] = []
                try service.ledger.events.events(of: KeyID(id), from: 0, limit: .max) { _, _, personal in
                    addresses.append(personal?.clientAddress)
                }
                #expect(addresses.count >= 6 && addresses.allSatisfy { $0 == expected }, "\(addresses)")
            }
        }
    }

    @Test("What an operator's key reads of others is on record once an hour; what an account reads of itself is not")
    func readings() async throws {
        try await Service.run { service in
            let key = try await service.key(account: "acme", permissions: [.keysRead, .logRead])
            for path in ["/v1/keys", "/v1/keys/\(key.id)", "/v1/usage", "/v1/usage?keyId=\(key.id)", "/v1/events"] {
                #expect(try await service.call(.get, path, key: key.secret).status == 200)
            }
            #expect(try service.readings().isEmpty)
            for _ in 0..<3 {
                for path in [
                    "/v1/keys", "/v1/keys/\(key.id)", "/v1/usage", "/v1/usage?keyId=\(key.id)", "/v1/events", "/v1/events?account=acme",
                    "/log/tile/entries/000.p/2",
                ] {
                    #expect(try await service.call(.get, path).status == 200, "\(path)")
                }
            }
            #expect(
                try await service.readings(4)
                    == ["events acme", "keys acme", "records acme", "usage acme"].map { "\($0) \(service.admin.id)" })
            // Nobody of the account is told.
            let shown = try await service.call(.get, "/v1/events", key: key.secret)
            #expect(!shown.text.contains("LogRead"))
            let all = try await service.call(.get, "/v1/events?type=LogRead")
            #expect(all["data"]?.elements.count == 4)
        }
    }

    @Test("keys.write without admin makes no admin, nor gives or enables one")
    func noAdmin() async throws {
        try await Service.run { service in
            for account in ["operator", "acme"] {
                let writer = try await service.key(account: account, scopes: ["*"], permissions: [.keysWrite, .keysRead])
                let plain = try await service.key(account: account)
                let admin = try await service.key(account: account, permissions: [.admin])
                let before = try service.ledger.log.lastPosition()
                for permission in ["admin", "verify", "log.read"] {
                    let body = "{\"name\":\"n\",\"permissions\":[\"keys.read\",\"\(permission)\"]}"
                    let made = try await service.call(.post, "/v1/keys", key: writer.secret, body)
                    #expect(made.status == 403 && made.code == "CANNOT_GRANT")
                    let given = try await service.call(.patch, "/v1/keys/\(plain.id)", key: writer.secret, body)
                    #expect(given.status == 403 && given.code == "CANNOT_GRANT")
                }
                // Nor is one that exists changed into something useful.
                #expect(try await service.call(.patch, "/v1/keys/\(admin.id)", key: writer.secret, #"{"name":"mine"}"#).status == 403)
                #expect(try await service.call(.post, "/v1/keys/\(admin.id)/enable", key: writer.secret).status == 403)
                #expect(try service.ledger.log.lastPosition() == before)
                // Stopping one is everybody's who may write.
                #expect(try await service.call(.post, "/v1/keys/\(admin.id)/revoke", key: writer.secret).status == 200)
                #expect(
                    try await service.call(.post, "/v1/keys", key: writer.secret, #"{"name":"n","permissions":["keys.read"]}"#).status
                        == 201)
            }
        }
    }

    @Test("An admin of an ordinary account grants nothing that reaches beyond it")
    func accountAdmin() async throws {
        try await Service.run { service in
            let admin = try await service.key(account: "acme", permissions: [.admin])
            for permission in ["admin", "verify", "log.read"] {
                let body = "{\"name\":\"n\",\"permissions\":[\"\(permission)\"]}"
                #expect(try await service.call(.post, "/v1/keys", key: admin.secret, body).status == 403)
            }
        }
    }
}

extension Service {
    /// What was read, whose, and by which key.
    fileprivate func readings() throws -> [String] {
        var found: [String] = []
        try ledger.events.events(from: 0, limit: .max) { _, event, _ in
            if case .logRead(let reading) = event.body {
                found.append("\(reading.what) \(reading.account?.description ?? "-") \(event.actor.id)")
            }
        }
        return found
    }

    /// Waits for what is recorded beside answers.
    fileprivate func readings(_ count: Int) async throws -> [String] {
        for _ in 0..<2000 where try readings().count < count { try await Task.sleep(for: .milliseconds(5)) }
        return try readings().sorted()
    }
}
