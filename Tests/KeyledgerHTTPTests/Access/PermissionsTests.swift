import HTTPTypes
import KeyEvents
import KeyService
import Testing

@testable import KeyledgerHTTP

@Suite("What a caller may do")
struct PermissionsTests {
    private static let needed: [String: Permission] = [
        "verify": .verify, "verifyBatch": .verify, "listKeys": .keysRead, "showKey": .keysRead, "usage": .keysRead, "createKey": .keysWrite,
        "changeKey": .keysWrite, "revokeKey": .keysWrite, "disableKey": .keysWrite, "enableKey": .keysWrite, "rotateKey": .keysWrite,
        "logCheckpoint": .logRead, "logTile": .logRead, "logEntries": .logRead,
        "events": .logRead,
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
                let path = operation.path.replacing("{id}", with: target.id)
                let method = try #require(HTTPRequest.Method(operation.method))
                let before = try service.ledger.lastPosition()
                let refused = try await service.call(method, path, key: lacking.secret, "nonsense")
                #expect(refused.status == 403 && refused.code == "MISSING_PERMISSION", "\(operation.id)")
                #expect(try service.ledger.lastPosition() == before)
                #expect(try await service.call(method, path, key: holding.secret).status != 403, "\(operation.id)")
                for permission in either.subtracting([permission]) {
                    let other = try await service.key(permissions: [permission])
                    #expect(try await service.call(method, path, key: other.secret).status != 403, "\(operation.id) \(permission)")
                }
            }
        }
    }

    @Test("keys.write without admin makes no admin, nor gives or enables one")
    func noAdmin() async throws {
        try await Service.run { service in
            for account in ["operator", "acme"] {
                let writer = try await service.key(account: account, scopes: ["*"], permissions: [.keysWrite, .keysRead])
                let plain = try await service.key(account: account)
                let admin = try await service.key(account: account, permissions: [.admin])
                let before = try service.ledger.lastPosition()
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
                #expect(try service.ledger.lastPosition() == before)
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
