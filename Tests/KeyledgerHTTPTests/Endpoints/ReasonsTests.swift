import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import LedgerQueries
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Why a key was changed, and what was so before")
struct ReasonsTests {
    private static func last(_ service: Service) async throws -> JSONValue? {
        try await service.call(.get, "/v1/events?from=\(service.ledger.log.lastPosition() ?? 0)")["data"]?.elements.first
    }

    @Test("Every command that changes a key takes a reason, which is recorded sealed with its event")
    func reasons() async throws {
        try await Service.run { service in
            let key = try await service.key()
            for (method, path, body, type) in [
                (HTTPRequest.Method.patch, "", #"{"name":"new","reason":"why not"}"#, "KeyChanged"),
                (.post, "/disable", #"{"reason":"why not"}"#, "KeyDisabled"), (.post, "/enable", #"{"reason":"why not"}"#, "KeyEnabled"),
                (.post, "/rotate", #"{"graceSeconds":0,"reason":"why not"}"#, "SecretAdded"),
                (.post, "/revoke", #"{"reason":"why not"}"#, "KeyRevoked"),
            ] {
                for bad in [String(repeating: "x", count: 1025), "a\\u0000", "\\u202e"] {
                    let refused = try await service.call(method, "/v1/keys/\(key.id)\(path)", body.replacing("why not", with: bad))
                    #expect(refused.status == 400 && refused["field"]?.string == "reason", "\(type): \(refused.text)")
                }
                let secret = try await service.call(method, "/v1/keys/\(key.id)\(path)", body.replacing("why not", with: key.secret))
                #expect(secret.status == 400 && secret.code == "SECRET_IN_FIELD")
                #expect(try await service.call(method, "/v1/keys/\(key.id)\(path)", body).status == 200, "\(type)")
                let event = try #require(try await Self.last(service))
                #expect(event["type"]?.string == type && event["personal"]?["reason"]?.string == "why not")
            }
            // It goes with what was asked for, not with what came of it.
            let types = try await service.call(.get, "/v1/events?keyId=\(key.id)")["data"]?.elements ?? []
            #expect(types.filter { $0["type"]?.string == "SecretRetired" }.allSatisfy { $0["personal"] == .null } && types.count == 7)
        }
    }

    @Test("A second rotation keeps the grace that was said, unless extendGrace asks for more")
    func graces() async throws {
        try await Service.run { service in
            let key = try await service.key()
            func rotate(_ body: String) async throws -> Timestamp? {
                let answer = try await service.call(.post, "/v1/keys/\(key.id)/rotate", body)
                #expect(answer.status == 200)
                return answer["secrets"]?.elements.first { $0["id"] == .number(1) }?["retireAt"]?.string.flatMap { Timestamp(rfc3339: $0) }
            }
            _ = try await service.call(.post, "/v1/verify", "{\"key\":\"\(key.secret)\"}")
            let first = try #require(try await rotate(#"{"graceSeconds":600}"#))
            #expect(try await rotate("") == first)
            #expect(try await rotate(#"{"retireWhenNewerUsed":true}"#) == first)
            #expect(try #require(try await rotate(#"{"graceSeconds":60}"#)) < first)
            #expect(try #require(try await rotate(#"{"graceSeconds":86400,"extendGrace":true}"#)) > first)
            let refused = try await service.call(.post, "/v1/keys/\(key.id)/rotate", #"{"graceSeconds":0,"extendGrace":true}"#)
            #expect(refused.status == 400 && refused["field"]?.string == "extendGrace")
        }
    }

    @Test("A change comes with the old values; what an account sees of the operator is that it was the operator")
    func before() async throws {
        try await Service.run { service in
            let key = try await service.key("old", scopes: ["a"], permissions: [.keysRead], metadata: ["k": "v"], expiresIn: 3600)
            _ = try await service.call(
                .patch, "/v1/keys/\(key.id)",
                #"{"name":"new","scopes":["*"],"permissions":["admin"],"metadata":{},"expiresAt":null,"ipAllowlist":["192.0.2.1"]}"#)
            let event = try #require(try await Self.last(service))
            let before = try #require(event["before"])
            #expect(before["name"]?.string == "old" && before["scopes"] == .array([.string("a")]))
            #expect(
                before["permissions"] == .array([.string("keys.read")])
                    && before["metadata"] == .object([.init(name: "k", value: .string("v"))]))
            #expect(before["expiresAt"]?.string != nil && before["ipAllowlist"] == .array([]) && before["secrets"] == nil)
            _ = try await service.call(.post, "/v1/keys/\(key.id)/rotate", #"{"graceSeconds":60}"#)
            let added = try #require(try await Self.last(service))
            #expect(added["before"]?["secrets"]?.elements.map { $0["retireAt"] } == [.null] && added["extendsGrace"] == .bool(false))
            let recorded = RecordedEvent(
                position: 0, event: Event(keyID: .none, accountID: .operator, actor: .commandLine, body: .disabled),
                personal: PersonalFields(reason: "r", actorLabel: "root", clientAddress: "198.51.100.7"))
            let account = Caller(actor: Actor(kind: .account, id: "acme"), account: try #require(AccountID("acme")), permissions: [])
            #expect(service.ledger.events.disclosed(recorded, to: account).personal == PersonalFields(reason: "r"))
            #expect(service.ledger.events.disclosed(recorded, to: .commandLine).personal == recorded.personal)
        }
    }
}
