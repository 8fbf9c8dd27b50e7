import Foundation
import TestSupport
import Testing

/// Whoever reads the log for people sees what was changed, by whom and why, on every surface of the command line.
@Suite struct ShownChangesTests {
    private static func python(_ script: String, _ input: String) throws -> Any {
        let result = try ChildProcess.run(
            ["python3", "-B", "-c", "import csv, io, json, sys\ntext = sys.stdin.buffer.read().decode()\n" + script], input: input)
        return try JSONSerialization.jsonObject(with: result.output)
    }

    @Test func everySurfaceTellsOldAndNewWhoAndWhy() throws {
        let ledger = try TemporaryLedger()
        let key = try ledger.key(
            "--scope", "listings:read", "--expires", "2099-01-01T00:00:00Z", "--metadata", "team=a", name: "Ada's sync")
        let changed = try ledger.run(
            "keys", "change", key.id, "--permission", "admin", "--scope", "*", "--expires", "2098-01-01T00:00:00Z", "--metadata", "team=b",
            "--allow-ip", "192.0.2.0/24", "--reason", "the audit")
        #expect(changed.code == 0, "\(changed.error)")
        for command in [
            ["keys", "rename", key.id, "Grace's sync", "--reason", "renamed because"],
            ["keys", "disable", key.id, "--reason", "disabled because"],
            ["keys", "enable", key.id, "--reason", "enabled because"],
            ["keys", "rotate", key.id, "--grace", "1h", "--reason", "rotated because"],
            ["keys", "revoke", key.id, "--reason", "revoked because", "--reason-code", "leaked"],
        ] {
            let result = try Program.run(command + ["--data", ledger.path])
            #expect(result.code == 0, "\(command): \(result.error)")
        }
        let expected = [
            "scopes listings:read → *", "permissions none → admin", "expiry 2099-01-01T00:00:00Z → 2098-01-01T00:00:00Z",
            "metadata team=“a” → team=“b”", "addresses any → 192.0.2.0/24", "“the audit”",
        ]
        let others = [
            "name “Ada's sync” → “Grace's sync”", "“renamed because”", "“disabled because”", "“enabled because”", "“rotated because”",
            "in force → until ", "(1 h)", "“revoked because”", "leaked", "expiry 2099-01-01T00:00:00Z",
        ]
        for command in [["audit", "key", key.id], ["log", "show"], ["log", "show", "--key", key.id]] {
            let shown = try Program.run(command + ["--data", ledger.path]).output
            for words in expected + others + ["by operator cli"] { #expect(shown.contains(words), "\(command): \(words) in \(shown)") }
        }
        let explained = try ledger.run("audit", "explain", "2").output
        for words in expected + ["operator's command line"] { #expect(explained.contains(words), "\(explained)") }
        // For programs.
        let event = try #require(try ledger.events.first { $0["type"] as? String == "KeyChanged" })
        let before = try #require(event["before"] as? [String: Any])
        #expect(before["scopes"] as? [String] == ["listings:read"] && before["permissions"] as? [String] == [])
        #expect(before["expiresAt"] as? String == "2099-01-01T00:00:00Z" && before["metadata"] as? [String: String] == ["team": "a"])
        #expect(before["ipAllowlist"] as? [String] == [] && before["name"] == nil)
        #expect((event["personal"] as? [String: Any])?["reason"] as? String == "the audit")
        for surface in [["audit", "explain", "2", "--json"], ["audit", "key", key.id, "--json"]] {
            let object = try Program.run(surface + ["--data", ledger.path]).object
            let shown = object["event"] ?? (object["events"] as? [[String: Any]])?[1]["event"]
            #expect(shown as? NSDictionary == event as NSDictionary)
        }
        let csv = try ledger.run("log", "export", "--format", "csv").output
        let rows = try Self.python("print(json.dumps(list(csv.DictReader(io.StringIO(text, newline='')))))", csv) as? [[String: String]]
        let row = try #require(rows?[2])
        #expect(row["scopes"] == "*" && row["permissions"] == "admin" && row["reason"] == "the audit" && row["actor_id"] == "cli")
        let old = try JSONSerialization.jsonObject(with: Data((row["before"] ?? "").utf8))
        #expect(old as? NSDictionary == before as NSDictionary)
        #expect(rows?[6]["older_retire_when_used"] == "false" && rows?[6]["older_retire_at"]?.isEmpty == false)
        // Without the ledger, as far as it stands in the clear.
        let bundle = ledger.path + "-bundle"
        defer { try? FileManager.default.removeItem(atPath: bundle) }
        #expect(try ledger.run("log", "export", "--out", bundle).code == 0)
        let verifier =
            URL(fileURLWithPath: #filePath).pathComponents.prefix { $0 != "Tests" }.joined(separator: "/") + "/tools/verify-bundle"
        let shown = try ChildProcess.run(["python3", "-B", verifier, bundle, "--show"])
        let text = String(decoding: shown.output, as: UTF8.self)
        guard shown.code != 2 else { return }  // Where Python lacks the package for signatures.
        #expect(shown.code == 0)
        for words in expected.prefix(3) + ["addresses any → (sealed)", "by operator cli", "secret 1 in force → until ", "leaked"] {
            #expect(text.contains(words), "\(words) in \(text)")
        }
    }

    @Test("On a terminal of 80 columns no line is longer, and elsewhere an event is one line")
    func widths() throws {
        let ledger = try TemporaryLedger()
        let name = "日本語の鍵 🔑 שלום " + String(repeating: "漢字", count: 60)
        let key = try ledger.key("--scope", "listings:read", name: name)
        _ = try ledger.run(
            "keys", "change", key.id, "--name=" + name + "2", "--scope", "*", "--reason", String(repeating: "long ", count: 60))
        _ = try ledger.verify(key.secret, "--ip", "2001:db8::1")
        #expect(try ledger.run("log", "show").output.split(separator: "\n").count == 4)
        for command in [
            ["log", "show"], ["audit", "key", key.id], ["audit", "explain", "2"], ["audit", "explain", "3"], ["audit", "leak"],
        ] {
            let result = try Program.run(
                command + ["--data", ledger.path], input: key.secret + "\n", environment: ["COLUMNS": "80"])
            #expect(result.code == 0 && !result.output.isEmpty, "\(result.error)")
            let script = """
                import unicodedata
                def width(c): return 0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
                print(json.dumps([line for line in text.split("\\n") if sum(map(width, line)) > 80]))
                """
            #expect(try Self.python(script, result.output) as? [String] == [], "\(command)")
        }
    }
}
