import APITestSupport
import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import LedgerQueries
import NIOCore
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("POST /v1/keys/{id}/revoke, disable, enable")
struct EndKeyTests {
    @Test("Revoking twice is fine and says where it was recorded")
    func revokeTwice() async throws {
        try await Service.run { service in
            let key = try await service.key()
            let path = "/v1/keys/\(key.id)/revoke"
            let first = try await service.call(.post, path, #"{"reason":"left in a repository","reasonCode":"leaked"}"#)
            #expect(first.status == 200)
            #expect(first.json.fields.map(\.name) == ["id", "status", "changed", "repeated", "position"])
            #expect(first["status"]?.string == "revoked")
            let last = try service.ledger.log.lastPosition()
            #expect(first["position"]?.whole == last)
            let again = try await service.call(.post, path)
            #expect(again.status == 200 && first["changed"]?.bool == true && again["changed"]?.bool == false)
            #expect(again["position"] == first["position"] && again["status"] == first["status"])
            #expect(try service.ledger.log.lastPosition() == last)
        }
    }

    @Test("Revoking a key that has expired is no error, so that whoever ends all of a list goes on; other commands are refused as before")
    func revokeExpired() async throws {
        try await Service.run { service in
            let (first, second) = (try await service.key(expiresIn: 5), try await service.key(expiresIn: 5))
            service.clock.advance(seconds: 10)
            // Whether or not the expiry was recorded before.
            _ = try? await service.ledger.commands.disableKey(#require(KeyID(first.id)), by: .commandLine)
            for key in [first, second, second] {
                let path = "/v1/keys/\(key.id)"
                let answer = try await service.call(.post, path + "/revoke", #"{"reason":"all of them"}"#)
                #expect(
                    answer.status == 200 && answer["changed"] == .bool(false) && answer["status"]?.string == "expired", "\(answer.text)")
                for (method, path) in [
                    (HTTPRequest.Method.patch, path), (.post, path + "/disable"), (.post, path + "/enable"), (.post, path + "/rotate"),
                ] {
                    #expect(try await service.call(method, path, #"{"reason":"r"}"#).code == "KEY_ENDED")
                }
            }
            for key in [first, second] {
                var events: [(String, String?)] = []
                try service.ledger.events.events(of: KeyID(key.id), from: 0, limit: .max) { events.append(($1.body.type, $2?.reason)) }
                #expect(events.map(\.0) == ["KeyCreated", "KeyExpired"] && events[1].1 == nil)
            }
        }
    }

    @Test("Where a body may be left out, null is none; elsewhere it is refused")
    func nullBodies() async throws {
        try await Service.run { service in
            let key = try await service.key()
            for (verb, status) in [("rotate", 200), ("disable", 200), ("enable", 200), ("revoke", 200), ("", 400)] {
                // Past the description, which has objects alone.
                let response = try await service.client.execute(
                    uri: "/v1/keys" + (verb.isEmpty ? "" : "/\(key.id)/\(verb)"), method: .post,
                    headers: [.authorization: "Bearer " + service.admin.secret, .contentType: "application/json"],
                    body: ByteBuffer(string: "null"))
                #expect(response.status.code == status, "\(verb)")
            }
        }
    }

    @Test("An empty body needs no content type; an empty object is as good")
    func bodies() async throws {
        try await Service.run { service in
            for (verb, status) in [("disable", "disabled"), ("enable", "active"), ("revoke", "revoked")] {
                for body in [nil, "", "{}"] {
                    let key = try await service.key()
                    let answer = try await service.call(.post, "/v1/keys/\(key.id)/\(verb)", body)
                    #expect(answer.status == 200, "\(answer.text)")
                    #expect(answer["status"]?.string == status)
                }
            }
        }
    }

    @Test("Disabled and enabled again; an end is final")
    func disableAndEnable() async throws {
        try await Service.run { service in
            let key = try await service.key()
            let path = "/v1/keys/\(key.id)"
            #expect(try await service.call(.post, path + "/disable")["status"]?.string == "disabled")
            #expect(try await service.call(.post, path + "/enable")["status"]?.string == "active")
            #expect(try await service.call(.post, path + "/revoke")["status"]?.string == "revoked")
            #expect(try await service.call(.post, path + "/enable").status == 409)
            #expect(try await service.call(.post, path + "/disable").status == 409)
            #expect(try await service.call(.get, path)["status"]?.string == "revoked")
        }
    }

    @Test("Each takes an idempotency key")
    func replay() async throws {
        try await Service.run { service in
            let key = try await service.key()
            for verb in ["disable", "enable", "revoke"] {
                let path = "/v1/keys/\(key.id)/\(verb)"
                let first = try await service.call(.post, path, headers: .idempotent(verb))
                let again = try await service.call(.post, path, headers: .idempotent(verb))
                #expect(again.headers[.idempotentReplay] == "true")
                #expect(first["changed"]?.bool == true && again["changed"]?.bool == false)
                #expect(first["repeated"]?.bool == false && again["repeated"]?.bool == true)
                #expect(again["position"] == first["position"] && again["status"] == first["status"])
                #expect(try await service.call(.post, path, headers: .idempotent("disable")).status == (verb == "disable" ? 200 : 422))
            }
        }
    }

    @Test("A repeated command is answered with the key as the first one left it, whatever became of it since")
    func replayOfThen() async throws {
        try await Service.run { service in
            let key = try await service.key(expiresIn: 100)
            let path = "/v1/keys/\(key.id)"
            let disabled = try await service.call(.post, path + "/disable", headers: .idempotent("d"))
            #expect(try await service.call(.post, path + "/enable")["status"]?.string == "active")
            let renamed = try await service.call(.patch, path, #"{"name":"new"}"#, headers: .idempotent("c"))
            service.clock.advance(seconds: 200)
            #expect(try await service.call(.get, path)["status"]?.string == "expired")
            for (first, again) in [
                (disabled, try await service.call(.post, path + "/disable", headers: .idempotent("d"))),
                (renamed, try await service.call(.patch, path, #"{"name":"new"}"#, headers: .idempotent("c"))),
            ] {
                #expect(first["repeated"] == .bool(false) && again["repeated"] == .bool(true))
                #expect(again["status"] == first["status"] && again["position"] == first["position"], "\(again.text)")
            }
        }
    }
}
