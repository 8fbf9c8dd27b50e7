import HTTPTypes
import KeyEvents
import KeyService
import Testing

@testable import KeyledgerHTTP

@Suite("PATCH /v1/keys/{id}")
struct ChangeKeyTests {
    @Test("What is given changes, what is left out stays; null ends an expiry")
    func fields() async throws {
        try await Service.run { service in
            let key = try await service.key("old", scopes: ["a"], permissions: [.keysRead], metadata: ["k": "v"], expiresIn: 3600)
            let path = "/v1/keys/\(key.id)"
            let renamed = try await service.call(.patch, path, #"{"name":"new"}"#)
            #expect(renamed["name"]?.string == "new")
            #expect(renamed["scopes"] == .array([.string("a")]))
            #expect(renamed["expiresAt"] != .null)
            let changed = try await service.call(
                .patch, path, #"{"scopes":[],"permissions":["verify"],"metadata":{},"expiresAt":null}"#)
            #expect(changed["name"]?.string == "new")
            #expect(changed["scopes"] == .array([]))
            #expect(changed["permissions"] == .array([.string("verify")]))
            #expect(changed["metadata"] == .object([]))
            #expect(changed["expiresAt"] == .null)
            let dated = try await service.call(.patch, path, #"{"expiresAt":"2098-01-01T00:00:00.5Z"}"#)
            #expect(dated["expiresAt"]?.string == "2098-01-01T00:00:00.500000Z")
        }
    }

    @Test("What is so already records nothing")
    func nothing() async throws {
        try await Service.run { service in
            let key = try await service.key("same")
            let before = try service.ledger.lastPosition()
            for body in ["{}", #"{"name":"same"}"#, #"{"expiresAt":null}"#] {
                #expect(try await service.call(.patch, "/v1/keys/\(key.id)", body).status == 200)
            }
            #expect(try service.ledger.lastPosition() == before)
        }
    }

    @Test("An idempotency key: the first answer again, even after later changes")
    func replay() async throws {
        try await Service.run { service in
            let key = try await service.key("old")
            let path = "/v1/keys/\(key.id)"
            let first = try await service.call(.patch, path, #"{"name":"one"}"#, headers: .idempotent("c"))
            _ = try await service.call(.patch, path, #"{"name":"two"}"#)
            let again = try await service.call(.patch, path, #"{"name":"one"}"#, headers: .idempotent("c"))
            #expect(again.headers[.idempotentReplay] == "true")
            #expect(again.text == first.text)
            #expect(try await service.call(.get, path)["name"]?.string == "two")
            #expect(try await service.call(.patch, path, #"{"name":"3"}"#, headers: .idempotent("c")).status == 422)
        }
    }

    @Test("A key that has ended stays as it is", arguments: [true, false])
    func ended(_ isRevoked: Bool) async throws {
        try await Service.run { service in
            let key = try await service.key(expiresIn: 500)
            if isRevoked { try await service.revoke(key) } else { service.clock.advance(seconds: 1000) }
            let answer = try await service.call(.patch, "/v1/keys/\(key.id)", #"{"name":"n"}"#)
            #expect(answer.status == 409 && answer.code == "KEY_ENDED")
        }
    }
}
