import APITestSupport
import Bytes
import HTTPTypes
import HummingbirdTesting
import KeyEvents
import Ledger
import LedgerAudit
import LedgerQueries
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Events in pages")
struct EventPagesTests {
    /// The positions on all pages that a query leads to.
    private static func walk(_ service: Service, _ query: String, key: String? = nil) async throws -> [UInt64] {
        var found: [UInt64] = []
        var cursor: String?
        repeat {
            let uri = "/v1/events?" + query + (cursor.map { "&cursor=" + $0 } ?? "")
            let answer = try await service.call(.get, uri, key: key ?? service.admin.secret)
            #expect(answer.status == 200, "\(answer.text)")
            found += (answer["data"]?.elements ?? []).compactMap { $0["position"]?.whole }
            cursor = answer["nextCursor"]?.string
        } while cursor != nil
        return found
    }

    @Test("Every kind of event is as described, and as the ledger has it")
    func allTypes() async throws {
        try await Service.run { service in
            let key = try await service.key(
                "Ünïcødé, \"quoted\"", account: "acme", scopes: ["a:*"], metadata: ["k": "v"], ipAllowlist: ["192.0.2.0/24"])
            let id = try #require(KeyID(key.id))
            let question = "{\"key\":\"\(key.secret)\",\"scopes\":[\"a:b\"],\"ip\":\"192.0.2.7\",\"method\":\"GET\",\"path\":\"/p?q=1\"}"
            try await service.call(.post, "/v1/verify", question)
            try await service.call(.post, "/v1/verify", question.replacing("192.0.2.7", with: "198.51.100.7"))
            let change = KeyChange(name: "new", scopes: ["b"], ipAllowlist: [], expiry: .at(service.ledger.time.now.adding(seconds: 100)))
            _ = try await service.ledger.commands.changeKey(id, change, by: .commandLine)
            _ = try await service.ledger.commands.rotateKey(id, olderRetires: .now, by: .commandLine)
            try await service.disable(key)
            _ = try await service.ledger.commands.enableKey(id, by: .commandLine)
            _ = try await service.ledger.commands.revokeKey(id, reason: "in a mail", reasonCode: "leaked", by: .commandLine)
            let short = try await service.key("short", account: "acme", expiresIn: 5)
            service.clock.advance(seconds: 10)
            // Whatever is done to a key past its expiry records that first.
            _ = try? await service.ledger.commands.disableKey(#require(KeyID(short.id)), by: .commandLine)
            _ = try await service.ledger.log.changeLogKey()
            _ = try await service.ledger.bundles.fork()
            _ = try await service.key("soon erased", account: "erased")
            _ = try await service.ledger.accounts.erasePersonalFields(of: #require(AccountID("erased")), localUser: 1000)
            let first = AccountRulesChange(keyLimit: .own(9))
            _ = try await service.ledger.accounts.changeAccount(#require(AccountID("acme")), first, by: .commandLine, localUser: 1000)
            let rules = AccountRulesChange(keyLimit: .own(7), grantable: .own(["a:*"]))
            _ = try await service.ledger.accounts.changeAccount(#require(AccountID("acme")), rules, by: .commandLine, localUser: 1000)
            service.clock.step(seconds: 3600)
            _ = try await service.ledger.time.confirmClock()
            try await Self.readOnce(service)
            let answer = try await service.call(.get, "/v1/events")
            let events = answer["data"]?.elements ?? []
            #expect(Set(events.compactMap { $0["type"]?.string }) == Set(EventType.allCases.map(\.rawValue)), "\(answer.text)")
            #expect(events.compactMap { $0["position"]?.whole } == Array(0..<UInt64(events.count)))
            let changes = events.filter { $0["type"]?.string == "AccountChanged" }
            #expect(changes.map { $0["before"]?["keyLimit"]?.whole } == [nil, 9])
            #expect(changes.allSatisfy { $0["before"]?["grantable"] == JSONValue.null })
            var lines: [String] = []
            try service.ledger.events.recordedEvents(from: 0, limit: .max) { recorded in
                lines.append(try JSON.string(EventDocument(recorded)))
            }
            #expect(answer.text == "{\"data\":[" + lines.joined(separator: ",") + "],\"nextCursor\":null}")
            #expect(events.contains { $0["personal"]?["path"]?.string == "/p" && $0["personal"]?["clientAddress"]?.string == "192.0.2.7" })
        }
    }

    @Test("Filters, alone and together; pages of any size; a cursor goes on where the page ended")
    func filters() async throws {
        try await Service.run { service in
            let keys = [try await service.key(account: "acme"), try await service.key(account: "acme"), try await service.key()]
            for key in keys {
                for _ in 0..<3 {
                    try await service.disable(key)
                    try await Self.enable(service, key)
                }
            }
            try await Self.readOnce(service)
            let (first, last): (UInt64, UInt64) = (0, try #require(try service.ledger.log.lastPosition()))
            let all = Array(first...last)
            for limit in [1, 2, 7, 1000] {
                #expect(try await Self.walk(service, "limit=\(limit)") == all)
                #expect(try await Self.walk(service, "limit=\(limit)&from=5") == Array(all.dropFirst(5)))
                #expect(try await Self.walk(service, "limit=\(limit)&keyId=\(keys[1].id)") == [2] + Array(10...15))
                #expect(try await Self.walk(service, "limit=\(limit)&account=acme") == [1, 2] + Array(4...15))
                #expect(try await Self.walk(service, "limit=\(limit)&type=KeyCreated") == [0, 1, 2, 3])
                #expect(
                    try await Self.walk(service, "limit=\(limit)&type=KeyCreated&type=KeyDisabled&keyId=\(keys[0].id)") == [1, 4, 6, 8])
                #expect(try await Self.walk(service, "limit=\(limit)&account=acme&keyId=\(keys[2].id)").isEmpty)
            }
            service.clock.advance(seconds: 60)
            let middle = service.ledger.time.now
            try await service.disable(keys[0])
            #expect(try await Self.walk(service, "since=\(middle)") == [last + 1])
            #expect(try await Self.walk(service, "until=\(middle)") == all)
            #expect(try await Self.walk(service, "until=2000-01-01T00:00:00Z").isEmpty)
            #expect(try await Self.walk(service, "from=99999").isEmpty)
        }
    }

    /// That an operator read what belongs to others stands in the log, once for what follows.
    private static func readOnce(_ service: Service) async throws {
        let before = try service.ledger.log.lastPosition()
        try await service.call(.get, "/v1/events")
        for _ in 0..<2000 where try service.ledger.log.lastPosition() == before { try await Task.sleep(for: .milliseconds(5)) }
    }

    private static func enable(_ service: Service, _ key: Service.Key) async throws {
        _ = try await service.ledger.commands.enableKey(#require(KeyID(key.id)), by: .commandLine)
    }

    @Test("A key of an account sees that account's events, in the same positions")
    func ofOneAccount() async throws {
        try await Service.run { service in
            let reader = try await service.key(account: "acme", permissions: [.logRead])
            let (mine, theirs) = (try await service.key("mine", account: "acme"), try await service.key("theirs", account: "other"))
            for key in [theirs, mine] { try await service.disable(key) }
            for query in ["limit=1", "account=acme", ""] {
                #expect(try await Self.walk(service, query, key: reader.secret) == [1, 2, 5], "\(query)")
            }
            let text = try await service.call(.get, "/v1/events", key: reader.secret).text
            #expect(!text.contains(theirs.id) && !text.contains("theirs"))
            let answers = try await ["?keyId=" + theirs.id, "?keyId=nonsense", "?account=other", "?account=%20"].asyncMap {
                try await service.call(.get, "/v1/events" + $0, key: reader.secret)
            }
            #expect(answers.map(\.code) == ["UNKNOWN_KEY", "UNKNOWN_KEY", "UNKNOWN_ACCOUNT", "UNKNOWN_ACCOUNT"])
            #expect(try await service.call(.get, "/v1/events?account=nobody").code == "UNKNOWN_ACCOUNT")
        }
    }

    @Test(
        "Bad input is refused by name",
        arguments: [
            ("type=KeyEaten", "type"), ("type=KeyUsed&type=", "type"), ("limit=0", "limit"), ("limit=1001", "limit"), ("from=-1", "from"),
            ("from=%2B1", "from"), ("from=9007199254740992", "from"), ("since=yesterday", "since"), ("until=2027", "until"),
            ("since=2027-01-02T00:00:00Z&until=2027-01-01T00:00:00Z", "since"), ("cursor=x", "cursor"),
            ("cursor=ZQAAAAAAAAAA", nil), ("cursor=YQAAAAAAAAAA", "cursor"), ("keyId=a&keyId=b", "keyId"), ("lastEventId=1", "lastEventId"),
            ("surprise=1", "surprise"),
        ] as [(String, String?)])
    func badInput(_ query: String, _ field: String?) async throws {
        try await Service.run { service in
            let answer = try await service.call(.get, "/v1/events?" + query)
            #expect(answer.status == (field == nil ? 200 : 400), "\(answer.text)")
            #expect(answer["field"]?.string == field)
        }
    }

    @Test(
        "The offset of a time may be without its colon, as some clients send it",
        arguments: [("+0000", 200), ("-0130", 200), ("+01:30", 200), ("Z", 200), ("+00000", 400), ("0000", 400), ("+2500", 400)])
    func offsets(_ offset: String, _ status: Int) async throws {
        try await Service.run { service in
            // Past the description, which has times of RFC 3339 alone.
            let response = try await service.client.execute(
                uri: "/v1/events?since=2026-01-01T00:00:00" + offset.replacing("+", with: "%2B"), method: .get,
                headers: [.authorization: "Bearer " + service.admin.secret])
            #expect(response.status.code == status)
        }
    }

    @Test(
        "A stream that cannot begin is refused before it does",
        arguments: [
            ("", "x", 400, "Last-Event-ID"), ("", "-1", 400, "Last-Event-ID"), ("", "1.5", 400, "Last-Event-ID"),
            ("", "99999999999999999999999", 400, "Last-Event-ID"), ("", "1", 400, "Last-Event-ID"),
            ("lastEventId=x", nil, 400, "lastEventId"),
            ("lastEventId=7", nil, 400, "lastEventId"), ("from=2", nil, 400, "from"), ("limit=5", nil, 400, "limit"),
            ("limit=100&until=2000-01-01T00:00:00Z", nil, 204, nil),
            ("cursor=ZQAAAAAAAAAA", nil, 400, "cursor"), ("type=KeyEaten", nil, 400, "type"), ("until=2000-01-01T00:00:00Z", nil, 204, nil),
        ] as [(String, String?, Int, String?)])
    func badStream(_ query: String, _ last: String?, _ status: Int, _ field: String?) async throws {
        try await Service.run { service in
            var headers: HTTPFields = [.accept: "text/event-stream"]
            if let last { headers[.lastEventID] = last }
            let answer = try await service.call(.get, "/v1/events?" + query, headers: headers)
            #expect(answer.status == status, "\(answer.text)")
            #expect(answer["field"]?.string == field)
        }
    }

    @Test("Asked as HEAD, a stream has a head, and takes no place")
    func head() async throws {
        try await Service.run { service in
            for _ in 0..<300 {
                let answer = try await service.call(.head, "/v1/events", headers: [.accept: "text/html, Text/Event-Stream;q=0.5"])
                #expect(answer.status == 200 && answer.headers[.contentType] == "text/event-stream" && answer.text.isEmpty)
            }
        }
    }

    @Test("What does not ask for a stream gets a page", arguments: ["*/*", "application/json", "text/event-stream;q=0"])
    func accept(_ accept: String) async throws {
        try await Service.run { service in
            let answer = try await service.call(.get, "/v1/events", headers: [.accept: accept])
            #expect(answer.headers[.contentType] == "application/json" && answer["data"]?.elements.count == 1)
        }
    }

    @Test("What a page cannot heed is refused")
    func resumedPage() async throws {
        try await Service.run { service in
            let answer = try await service.call(.get, "/v1/events", headers: [.lastEventID: "0"])
            #expect(answer.status == 400 && answer["field"]?.string == "Last-Event-ID")
        }
    }

    @Test("Erased fields are null, and the event stays")
    func erased() async throws {
        try await Service.run { service in
            let key = try await service.key("Jane Doe", account: "acme")
            _ = try await service.ledger.accounts.erasePersonalFields(of: #require(AccountID("acme")))
            let event = try await service.call(.get, "/v1/events?keyId=\(key.id)")["data"]?[0]
            #expect(event?["personal"] == .null && event?["sealed"]?.bool == true)
        }
    }

    @Test("An account is told that the operator acted on its key, not with which key of the operator's")
    func foreignActors() async throws {
        try await Service.run { service in
            let reader = try await service.key("reader", account: "acme", permissions: [.logRead])
            let key = try await service.key("used", account: "acme")
            try await service.call(.post, "/v1/verify", "{\"key\":\"\(key.secret)\"}")
            try await service.call(.post, "/v1/keys/\(key.id)/disable", headers: .idempotent("operators-command"))
            let seen = try await service.call(.get, "/v1/events?keyId=\(key.id)", key: reader.secret)
            #expect(seen["data"]?.elements.count == 3)
            #expect(!seen.text.contains(service.admin.id) && !seen.text.contains("operators-command"), "\(seen.text)")
            let all = try await service.call(.get, "/v1/events?keyId=\(key.id)")
            #expect(all.text.contains(service.admin.id) && all.text.contains("operators-command"))
        }
    }
}
