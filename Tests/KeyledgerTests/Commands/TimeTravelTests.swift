import Foundation
import LedgerQueries
import Testing

/// The past on the command line: what is answered, and what is refused with which words and exit code.
@Suite struct TimeTravelTests {
    private static func now() -> String { ISO8601DateFormatter().string(from: Date()) }

    @Test func keysAsTheyWere() throws {
        let ledger = try TemporaryLedger()
        let (id, secret) = try ledger.key("--scope", "a:read", name: "Before")
        #expect(try ledger.verify(secret).code == 0)
        #expect(try ledger.run("keys", "rename", id, "After").code == 0)
        #expect(try ledger.run("keys", "revoke", id).code == 0)
        let later = try ledger.key(name: "Later")
        func shown(_ at: String) throws -> [String: Any] { try ledger.run("keys", "show", id, "--at", at, "--json").object }
        let (made, used, renamed, revoked) = (try shown("1"), try shown("2"), try shown("3"), try shown("4"))
        #expect([made, used, renamed, revoked].map { $0["name"] as? String } == ["Before", "Before", "After", "After"])
        #expect([made, used, renamed, revoked].map { $0["status"] as? String } == ["active", "active", "active", "revoked"])
        #expect([made, used, renamed, revoked].map { $0["usageCount"] as? Int } == [0, 1, 1, 1])
        #expect(Set(made.keys) == Set(try ledger.run("keys", "show", id, "--json").object.keys))
        let listed = try ledger.run("keys", "list", "--at", "2", "--json").objects
        #expect(listed.compactMap { $0["id"] as? String } == [ledger.adminID, id])
        #expect(try ledger.run("keys", "list", "--at", "5", "--status", "revoked", "--json").objects.count == 1)
        #expect(try ledger.run("keys", "list", "--at", "2", "--status", "revoked").output.contains("No keys like this"))
        #expect(try ledger.run("keys", "list", "--at", "2").output.contains("Before"))
        #expect(try ledger.run("keys", "show", id, "--at", "2").output.contains("Before"))
        // A time works like a position.
        Thread.sleep(forTimeInterval: 1.1)
        let time = Self.now()
        Thread.sleep(forTimeInterval: 1.1)
        #expect(try ledger.run("keys", "revoke", later.id).code == 0)
        let past = try ledger.run("keys", "list", "--at", time, "--json").objects
        #expect(past.map { $0["status"] as? String } == ["active", "revoked", "active"])
    }

    @Test func verdictsAsTheyStood() throws {
        let ledger = try TemporaryLedger()
        let (id, secret) = try ledger.key("--scope", "a:read", name: "Sync")
        #expect(try ledger.run("keys", "revoke", id).code == 0)
        let before = try ledger.events.count
        let then = try ledger.verify(secret, "--scope", "a:read", "--at", "1")
        #expect(then.code == 0 && then.object["code"] as? String == "VALID" && then.object["position"] as? Int == 1)
        #expect(then.object["keyId"] as? String == id && then.object["name"] as? String == "Sync")
        #expect((then.object["events"] as? [[String: Any]])?.compactMap { $0["type"] as? String } == ["KeyCreated"])
        #expect((then.object["at"] as? String)?.hasSuffix("Z") == true)
        let now = try ledger.verify(secret, "--at", "2")
        #expect(now.code == 1 && now.object["code"] as? String == "REVOKED")
        let events = now.object["events"] as? [[String: Any]] ?? []
        #expect(events.compactMap { $0["position"] as? Int } == [1, 2])
        #expect(events.compactMap { $0["type"] as? String } == ["KeyCreated", "KeyRevoked"])
        #expect(events.allSatisfy { $0["recordedAt"] is String })
        #expect(try ledger.verify(secret, "--at", "0").object["code"] as? String == "NOT_FOUND")
        #expect(try ledger.verify(String(secret.dropLast()), "--at", "1").object["code"] as? String == "MALFORMED")
        let text = try ledger.run("verify", "--at", "2", input: secret + "\n")
        #expect(text.code == 1 && text.output.contains("REVOKED") && text.output.contains("rests on 2"))
        #expect(try ledger.events.count == before)
    }

    @Test func usageOfASpan() throws {
        let ledger = try TemporaryLedger()
        let (id, secret) = try ledger.key()
        for _ in 0..<4 { #expect(try ledger.verify(secret).code == 0) }
        let one = try ledger.run("usage", id, "--from", "3", "--to", "5", "--json").object
        #expect(one["usageCount"] as? Int == 2 && one["fromPosition"] as? Int == 3 && one["toPosition"] as? Int == 5)
        #expect(one["per"] is NSNull && one["buckets"] is NSNull)
        let all = try ledger.run("usage", "--from", "3", "--json").objects
        #expect(all.map { $0["usageCount"] as? Int } == [0, 3])
        #expect(try ledger.run("usage", "--to", "2", "--json").objects.map { $0["usageCount"] as? Int } == [0, 0])
        #expect(try ledger.run("usage", id, "--from", "2", "--to", "4").output.contains("2 uses"))
        // The figures by hours are of the span too; a span that would end in the future ends now, and says so.
        let hours = try ledger.run("usage", id, "--per", "hour", "--from", "1", "--json").object
        #expect((hours["buckets"] as? [[String: Any]])?.reduce(0) { $0 + ($1["uses"] as? Int ?? 0) } == 4)
        #expect(hours["fromPosition"] as? Int == 1 && hours["usageCount"] as? Int == 4)
        let some = try ledger.run("usage", id, "--per", "hour", "--from", "3", "--to", "2999-01-01T00:00:00Z", "--json").object
        #expect(some["usageCount"] as? Int == 3 && (some["buckets"] as? [[String: Any]])?.first?["uses"] as? Int == 3)
        #expect((some["to"] as? String).map { $0 < "2999" } == true)
        #expect(try ledger.run("usage", id, "--from", "3", "--to", "2999-01-01T00:00:00Z").output.contains("counted from position 3 to 20"))
    }

    @Test func whatCannotBeSeenIsRefused() throws {
        let ledger = try TemporaryLedger()
        let (id, secret) = try ledger.key()
        let future = "2999-01-01T00:00:00Z"
        let early = "2001-01-01T00:00:00Z"
        for (at, words) in [
            (future, "lies in the future"), (early, "lies before the first record, which was made at 20"),
            ("2", "the last record stands at 1"),
            ("99999999999999999999", "must be a time"), ("yesterday", "must be a time"), ("-1", "must be a time"),
        ] {
            for command in [["keys", "list"], ["keys", "show", id], ["verify"]] {
                let result = try Program.run(command + ["--data", ledger.path, "--at=\(at)"], input: secret + "\n")
                #expect(result.code == 2 && result.output.isEmpty && result.error.contains(words), "\(command) \(at): \(result.error)")
                #expect(!result.error.contains(secret))
                #expect(result.error.contains("--at"))
            }
        }
        #expect(try ledger.run("keys", "show", id, "--at", "0").error.contains("--at lies before the key was made, at position 1"))
        for (arguments, words) in [
            (["--from", "2", "--to", "1"], "--from must lie before --to"), (["--to", "0"], "to lies before the first record"),
            (["--from", future], "from lies in the future"), (["--to", "9"], "to is position"),
            (["--from", "soon"], "--from must be a time"),
        ] {
            let result = try Program.run(["usage"] + arguments + ["--data", ledger.path])
            #expect(result.code == 2 && result.error.contains(words), "\(arguments): \(result.error)")
        }
    }
}
