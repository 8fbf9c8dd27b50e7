import Foundation
import Glibc
import Testing

/// The command line says who ran it, and what it read of others.
@Suite struct RecordTests {
    private static func events(_ ledger: TemporaryLedger) throws -> [[String: Any]] { try ledger.run("log", "show", "--json").lines }

    private static func label(_ event: [String: Any]?) -> String? { (event?["personal"] as? [String: Any])?["actorLabel"] as? String }

    @Test func commandsSayTheLocalUser() throws {
        let ledger = try TemporaryLedger()
        let user = NSUserName()
        let key = try ledger.key()
        #expect(try ledger.run("keys", "disable", key.id).code == 0)
        let environment = ["SUDO_USER": "ada", "KEYLEDGER_DATA": ledger.path]
        #expect(try Program.run(["keys", "enable", key.id], environment: environment).code == 0)
        let secret = ["SUDO_USER": key.secret, "KEYLEDGER_DATA": ledger.path]
        #expect(try Program.run(["keys", "revoke", key.id], environment: secret).code == 0)
        let events = try Self.events(ledger)
        let sudo = getuid() == 0 ? "ada (as \(user), by sudo)" : user
        #expect(events.map { Self.label($0) } == [user, user, user, sudo, user])
        for event in events { #expect((event["actor"] as? [String: Any])?["id"] as? String == "cli") }
    }

    @Test func readingOthersIsOnRecordOnceAnHour() throws {
        let ledger = try TemporaryLedger()
        #expect(try ledger.run("keys", "list").code == 0)
        let key = try ledger.key("--account", "acme")
        #expect(try !Self.events(ledger).contains { $0["type"] as? String == "LogRead" })
        for _ in 0..<3 {
            #expect(try ledger.run("keys", "list").code == 0)
            #expect(try ledger.run("keys", "show", key.id).code == 0)
            #expect(try ledger.run("usage").code == 0)
            #expect(try ledger.run("audit", "key", key.id).code == 0)
            #expect(try ledger.run("audit", "explain", "1").code == 0)
            #expect(try ledger.run("log", "export", "--format", "jsonl").code == 0)
            #expect(try ledger.run("log", "export").code == 0)
            #expect(try ledger.run("audit", "verify").code == 0)
        }
        let readings = try Self.events(ledger).filter { $0["type"] as? String == "LogRead" }
        // The clock may have come to another hour meanwhile.
        let kinds = Set(readings.compactMap { $0["what"] as? String })
        #expect(kinds == ["events", "keys", "usage", "key_history", "explanation", "bundle"] && readings.count <= 2 * kinds.count)
        for reading in readings {
            #expect(reading["ofAccountId"] as? String == "acme" && reading["keyId"] is NSNull && Self.label(reading) == NSUserName())
        }
    }

    /// An auditor who may only read the files verifies them, and writes nothing.
    @Test func anAuditorWritesNothing() throws {
        let ledger = try TemporaryLedger()
        _ = try ledger.key("--account", "acme")
        func records() -> [String: Data] { ledger.contents.filter { $0.key.hasPrefix("ledger/") || $0.key.hasPrefix("vault/") } }
        let before = records()
        #expect(try ledger.run("audit", "verify").code == 0)
        #expect(try ledger.run("doctor").code == 0)
        #expect(records() == before)
    }

    @Test func addressesAreShownWhereUsesAreCounted() throws {
        let ledger = try TemporaryLedger()
        let key = try ledger.key()
        #expect(try ledger.run("keys", "revoke", key.id).code == 0)
        for address in ["198.51.100.1", "[2001:db8::1]:443", "198.51.100.1:80"] { _ = try ledger.verify(key.secret, "--ip", address) }
        let timeline = try ledger.run("audit", "key", key.id).output
        #expect(timeline.contains("3 times  from 198.51.100.1 (2), 2001:db8::1 (1)"), "\(timeline)")
        let refused = try #require(try Self.events(ledger).last { $0["type"] as? String == "KeyRefused" })
        #expect((refused["personal"] as? [String: Any])?["clientAddress"] as? String == "198.51.100.1")
    }
}
