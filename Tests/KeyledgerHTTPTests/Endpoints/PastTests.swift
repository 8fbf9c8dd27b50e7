import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import LedgerQueries
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Any moment of the past, over HTTP")
struct PastTests {
    /// Position 1: made; 2: used; 3: renamed; 4: revoked.
    private static func life(_ service: Service, account: String = "operator") async throws -> Service.Key {
        let key = try await service.key("Before", account: account, scopes: ["a:read"])
        _ = try await service.ledger.verifier.verify(key.secret, actor: .commandLine)
        service.clock.advance(seconds: 60)
        _ = try await service.ledger.commands.changeKey(#require(KeyID(key.id)), KeyChange(name: "After"), by: .commandLine)
        service.clock.advance(seconds: 60)
        try await service.revoke(key)
        service.clock.advance(seconds: 60)
        return key
    }

    @Test("Keys, listed and shown, as they were")
    func keys() async throws {
        try await Service.run { service in
            let key = try await Self.life(service)
            _ = try await service.key("Later")
            var times: [Timestamp] = []
            try service.ledger.events.events(from: 0, limit: .max) { _, event, _ in times.append(event.recordedAt) }
            let justBefore = Timestamp(microseconds: times[4].microseconds - 1)
            let rows: [(String, String, String, UInt64)] = [
                ("1", "Before", "active", 0), ("2", "Before", "active", 1), ("3", "After", "active", 1), ("4", "After", "revoked", 1),
                ("\(times[1])", "Before", "active", 0), ("\(times[2])", "Before", "active", 1), ("\(times[3])", "After", "active", 1),
                ("\(justBefore)", "After", "active", 1), ("\(times[4])", "After", "revoked", 1),
            ]
            for (at, name, status, uses) in rows {
                let shown = try await service.call(.get, "/v1/keys/\(key.id)?at=\(at)")
                #expect(shown.status == 200 && shown["name"]?.string == name && shown["status"]?.string == status, "\(at)")
                #expect(shown["usageCount"]?.whole == uses)
                let listed = try await service.call(.get, "/v1/keys?at=\(at)")
                #expect((listed["data"]?.elements ?? []).map { $0["id"]?.string } == [service.admin.id, key.id])
                #expect(listed["data"]?.elements.last == shown.json)
            }
            let revoked = try await service.call(.get, "/v1/keys?at=4&status=revoked")
            #expect((revoked["data"]?.elements ?? []).map { $0["id"]?.string } == [key.id])
            #expect(try await service.call(.get, "/v1/keys?at=3&status=revoked")["data"]?.elements.isEmpty == true)
            let page = try await service.call(.get, "/v1/keys?at=4&limit=1&order=desc")
            #expect(page["data"]?.elements.map { $0["id"]?.string } == [key.id])
            let cursor = try #require(page["nextCursor"]?.string)
            let rest = try await service.call(.get, "/v1/keys?at=4&limit=1&order=desc&cursor=\(cursor)")
            #expect(rest["data"]?.elements.map { $0["id"]?.string } == [service.admin.id] && rest["nextCursor"] == .null)
        }
    }

    @Test("Verdicts as they stood, alone and in a batch, with the events they rest on; nothing is recorded")
    func verdicts() async throws {
        try await Service.run { service in
            let key = try await Self.life(service)
            let before = try service.ledger.log.lastPosition()
            for (at, code, events) in [("0", "NOT_FOUND", []), ("1", "VALID", [1]), ("4", "REVOKED", [1, 4])]
                as [(String, String, [UInt64])]
            {
                let body = "{\"key\":\"\(key.secret)\",\"at\":\"\(at)\"}"
                let answer = try await service.call(.post, "/v1/verify", body)
                #expect(answer.status == 200 && answer.code == code && answer["position"]?.whole == UInt64(at))
                #expect((answer["events"]?.elements ?? []).compactMap { $0["position"]?.whole } == events)
                #expect(answer["at"]?.string != nil && answer["keyId"] == (events.isEmpty ? .null : .string(key.id)))
                let batch = try await service.call(.post, "/v1/verify/batch", "{\"requests\":[\(body),{\"key\":\"x\",\"dryRun\":true}]}")
                #expect(batch["results"]?.elements.first == answer.json && batch["results"]?.elements.last?["at"] == nil)
            }
            #expect(try service.ledger.log.lastPosition() == before)
        }
    }

    @Test("The past of other accounts is as unknown as their present")
    func accounts() async throws {
        try await Service.run { service in
            let key = try await Self.life(service, account: "acme")
            let stranger = try await service.key(account: "other", permissions: [.keysRead])
            let own = try await service.key(account: "acme", permissions: [.keysRead])
            service.clock.advance(seconds: 1)
            let now = service.ledger.time.now
            #expect(try await service.call(.get, "/v1/keys/\(key.id)?at=\(now)", key: stranger.secret).status == 404)
            #expect(try await service.call(.get, "/v1/keys/\(key.id)?at=2", key: own.secret)["name"]?.string == "Before")
            #expect(try await service.call(.get, "/v1/keys?at=4", key: stranger.secret)["data"]?.elements.isEmpty == true)
            #expect(try await service.call(.get, "/v1/keys?at=4&account=acme", key: stranger.secret).status == 404)
            #expect(try await service.call(.get, "/v1/usage?to=4", key: stranger.secret)["data"]?.elements.isEmpty == true)
            #expect(try await service.call(.get, "/v1/usage?keyId=\(key.id)&per=total&to=4", key: stranger.secret).status == 404)
            let without = try await service.key()
            #expect(try await service.call(.get, "/v1/keys?at=4", key: without.secret).status == 403)
            #expect(try await service.call(.post, "/v1/verify", key: own.secret, "{\"key\":\"\(key.secret)\",\"at\":\"1\"}").status == 403)
        }
    }

    @Test("Usage of a stretch of the log")
    func usage() async throws {
        try await Service.run { service in
            let key = try await service.key()
            for _ in 0..<4 { _ = try await service.ledger.verifier.verify(key.secret, actor: .commandLine) }
            let one = try await service.call(.get, "/v1/usage?keyId=\(key.id)&per=total&from=3&to=5")
            #expect(one["usageCount"]?.whole == 2 && one["fromPosition"]?.whole == 3 && one["toPosition"]?.whole == 5)
            #expect(one["per"] == .null && one["buckets"] == .null)
            let all = try await service.call(.get, "/v1/usage?from=3&to=5")
            #expect(all["data"]?.elements.map { $0["usageCount"]?.whole } == [0, 2])
            let days = try await service.call(.get, "/v1/usage?keyId=\(key.id)&from=1")
            #expect(days["per"]?.string == "day" && days["fromPosition"]?.whole == 1 && days["buckets"]?.elements.count == 1)
        }
    }

    @Test(
        "What cannot be seen is refused by name",
        arguments: [
            ("2999-01-01T00:00:00Z", "lies in the future"), ("2001-01-01T00:00:00Z", "lies before the first record"),
            ("99", "the last record stands at 1"), ("yesterday", "must be a time"), ("", "must be a time"),
        ])
    func refused(_ at: String, _ words: String) async throws {
        try await Service.run { service in
            let key = try await service.key()
            for answer in [
                try await service.call(.get, "/v1/keys?at=\(at)"), try await service.call(.get, "/v1/keys/\(key.id)?at=\(at)"),
                try await service.call(.post, "/v1/verify", "{\"key\":\"\(key.secret)\",\"at\":\"\(at)\"}"),
            ] {
                #expect(answer.status == 400 && answer["field"]?.string == "at", "\(answer.text)")
                #expect(answer["detail"]?.string?.contains(words) == true, "\(answer.text)")
            }
            let batch = "{\"requests\":[{\"key\":\"\(key.secret)\"},{\"key\":\"x\",\"at\":\"\(at)\"}]}"
            let answer = try await service.call(.post, "/v1/verify/batch", batch)
            #expect(answer.status == 400 && answer["field"]?.string == "requests[1].at")
            #expect(try service.ledger.log.lastPosition() == 1)
            let early = try await service.call(.get, "/v1/keys/\(key.id)?at=0")
            #expect(early.status == 400 && early["detail"]?.string?.contains("before the key was made") == true)
        }
    }
}
