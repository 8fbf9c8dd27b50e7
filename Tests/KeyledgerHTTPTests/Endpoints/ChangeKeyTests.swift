import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import LedgerQueries
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

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
            let before = try service.ledger.log.lastPosition()
            for body in ["{}", #"{"name":"same"}"#, #"{"expiresAt":null}"#] {
                #expect(try await service.call(.patch, "/v1/keys/\(key.id)", body).status == 200)
            }
            #expect(try service.ledger.log.lastPosition() == before)
        }
    }

    @Test("Text is compared by its bytes: composed and decomposed letters are two texts")
    func composition() async throws {
        try await Service.run { service in
            let (composed, decomposed) = ("Caf\u{E9}", "Cafe\u{301}")
            let key = try await service.key(composed, metadata: [composed: composed])
            let path = "/v1/keys/\(key.id)"
            for text in [decomposed, composed] {
                let renamed = try await service.call(.patch, path, "{\"name\":\"\(text)\"}")
                #expect(renamed["name"]?.string.map { Array($0.utf8) == Array(text.utf8) } == true)
                for field in ["\"k\":\"\(text)\"", "\"\(text)\":\"v\""] {
                    let changed = try await service.call(.patch, path, "{\"metadata\":{\(field)}}")
                    #expect(changed.text.utf8.firstRange(of: field.utf8) != nil)
                }
            }
            var types: [String] = []
            try service.ledger.events.events(of: KeyID(key.id), from: 0, limit: .max) { _, event, _ in types.append(event.body.type) }
            #expect(types.count { $0 == "KeyChanged" } == 6, "\(types)")
            let both = try await service.call(.patch, path, "{\"metadata\":{\"\(composed)\":\"a\",\"\(decomposed)\":\"b\"}}")
            #expect(both.status == 400 && both["field"]?.string == "metadata")
        }
    }

    @Test("Lengths are in code points, a name can be seen, and white space around it is none of it")
    func texts() async throws {
        try await Service.run { service in
            let key = try await service.key("name")
            let path = "/v1/keys/\(key.id)"
            for (body, status) in [
                ("{\"metadata\":{\"\(String(repeating: "é", count: 40))\":\"v\"}}", 200),
                ("{\"metadata\":{\"\(String(repeating: "é", count: 65))\":\"v\"}}", 400),
                ("{\"name\":\"\(String(repeating: "e\u{301}", count: 140))\"}", 400),
                ("{\"name\":\"\(String(repeating: "😀", count: 256))\"}", 200),
                ("{\"name\":\"\u{200B}\"}", 400), ("{\"name\":\"\u{2800}\"}", 400), ("{\"name\":\"\u{3164}\u{AD}\"}", 400),
                ("{\"metadata\":{\"\u{200B}\":\"v\"}}", 400), ("{\"reason\":\"\(String(repeating: "é", count: 1024))\"}", 200),
            ] {
                #expect(try await service.call(.patch, path, body).status == status, "\(body)")
            }
            #expect(try await service.call(.patch, path, #"{"name":"  Mews\u00a0 "}"#)["name"]?.string == "Mews")
            let made = try await service.call(.post, "/v1/keys", #"{"name":"\u3000 Mews "}"#)
            #expect(made["name"]?.string == "Mews")
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
            #expect(again.text == first.text.replacing(#""repeated":false"#, with: #""repeated":true"#))
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
