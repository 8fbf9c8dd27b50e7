import Foundation
import LedgerQueries
import TestSupport
import Testing

/// Every output of the command line for people shows what was changed, by whom and why.
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
            "scopes listings:read → *", "permissions none → admin", "expiry 2099-01-01T00:00:00.000000Z → 2098-01-01T00:00:00.000000Z",
            "metadata team=“a” → team=“b”", "addresses any → 192.0.2.0/24", "“the audit”",
        ]
        let others = [
            "name “Ada's sync” → “Grace's sync”", "“renamed because”", "“disabled because”", "“enabled because”", "“rotated because”",
            "in force → until ", "(1 h)", "“revoked because”", "leaked", "expiry 2099-01-01T00:00:00.000000Z",
        ]
        for command in [["audit", "key", key.id], ["log", "show"], ["log", "show", "--key", key.id]] {
            let shown = try Program.run(command + ["--data", ledger.path]).output
            for words in expected + others + ["by operator cli"] { #expect(shown.contains(words), "\(command): \(words) in \(shown)") }
        }
        let explained = try ledger.run("audit", "explain", "2").output
        for words in expected + ["operator's command line"] { #expect(explained.contains(words), "\(explained)") }
        // Programs get the changes as fields.
        let event = try #require(try ledger.events.first { $0["type"] as? String == "KeyChanged" })
        let before = try #require(event["before"] as? [String: Any])
        #expect(before["scopes"] as? [String] == ["listings:read"] && before["permissions"] as? [String] == [])
        #expect(before["expiresAt"] as? String == "2099-01-01T00:00:00.000000Z" && before["metadata"] as? [String: String] == ["team": "a"])
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
        // A bundle shows the changes without the ledger, as far as they are not sealed.
        let bundle = ledger.path + "-bundle"
        defer { try? FileManager.default.removeItem(atPath: bundle) }
        #expect(try ledger.run("log", "export", "--out", bundle).code == 0)
        let verifier = Repository.file("tools/verify-bundle").path
        let shown = try ChildProcess.run(["python3", "-B", verifier, bundle, "--show"])
        let text = String(decoding: shown.output, as: UTF8.self)
        guard shown.code != 2 else { return }  // Where Python lacks the package for signatures.
        #expect(shown.code == 0)
        for words in expected.prefix(3) + ["addresses any → (sealed)", "by operator cli", "secret 1 in force → until ", "leaked"] {
            #expect(text.contains(words), "\(words) in \(text)")
        }
    }

    /// A server behind a proxy on this host. A key is changed by a person whom the host product hands over on the page, while it has no
    /// more permissions than they, then over HTTP and by a command; then the page is read.
    private static let serving = """
        import http.client, re, subprocess, urllib.parse
        given = json.loads(text)
        server = subprocess.Popen(
            [given["program"], "serve", "--data", given["data"], "--host", "127.0.0.1", "--port", "0", "--trusted-proxy", "127.0.0.1",
             "--hand-over-key", given["secret"], "--hand-over-algorithm", "HS256", "--hand-over-audience", "keyledger"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            port = next(int(found[1]) for line in server.stdout if (found := re.search(r"https?://\\S+?:(\\d+)", line)))
            def call(method, path, body=None, kind="application/json", address="203.0.113.5", **headers):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                headers = {name.replace("_", "-"): value for name, value in headers.items()}
                if body is not None:
                    headers["Content-Type"] = kind
                connection.request(method, path, body, {"X-Forwarded-For": "198.51.100.9, " + address, **headers})
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read().decode()
            def post(path, fields, **headers):
                return call("POST", path, urllib.parse.urlencode(fields), "application/x-www-form-urlencoded", "203.0.113.6", **headers)
            statuses = []
            token = subprocess.run([sys.executable, "-B", given["handOver"], "--secret", given["secret"], "--account", "acme",
                                    "--subject", "Zoë Doe", "--token"], capture_output=True, text=True, check=True).stdout.strip()
            status, headers, _ = post("/dashboard/hand-over", {"token": token})
            statuses.append(status)
            cookie = "; ".join(line.split(";")[0] for line in headers.get_all("Set-Cookie", []))
            page = headers["Location"] + "/keys/" + given["key"]
            csrf = re.search(r'name="csrf" value="([^"]+)"', call("GET", page, Cookie=cookie)[2])[1]
            statuses.append(post(page + "/rename", {"csrf": csrf, "name": "Guesty", "reason": "on the page"}, Cookie=cookie)[0])
            change = {"permissions": ["admin"], "scopes": ["*"], "reason": "over HTTP"}
            statuses.append(call("PATCH", "/v1/keys/" + given["key"], json.dumps(change), Authorization="Bearer " + given["admin"])[0])
            changed = subprocess.run(
                [given["program"], "keys", "change", given["key"], "--permission", "keys.read", "--scope", "a:read", "--reason", "by command",
                 "--data", given["data"]], capture_output=True)
            statuses.append(changed.returncode)
            print(json.dumps({"statuses": statuses, "page": call("GET", page, Cookie=cookie)[2]}))
        finally:
            server.terminate()
            server.wait()
        """

    @Test("A change behind a proxy, on the page and from the command line: each surface tells old and new, who, from where and why")
    func everyWayIn() throws {
        let ledger = try TemporaryLedger()
        let key = try ledger.key("--account", "acme", "--scope", "listings:read", name: "Mews")
        let secret = ledger.path + "-hand-over"
        try Data((0..<32).map { _ in UInt8.random(in: 0...255) }).write(to: URL(fileURLWithPath: secret))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: secret)
        defer { try? FileManager.default.removeItem(atPath: secret) }
        let given = [
            "program": Program.path, "data": ledger.path, "secret": secret, "key": key.id, "admin": ledger.adminSecret,
            "handOver": Repository.file("tools/hand-over").path,
        ]
        let input = String(decoding: try JSONSerialization.data(withJSONObject: given), as: UTF8.self)
        let done = try #require(try Self.python(Self.serving, input) as? [String: Any])
        #expect(done["statuses"] as? [Int] == [303, 303, 200, 0])
        let user = NSUserName()
        // What each of the three was: the words for people, and the fields for programs.
        let ways: [(words: [String], who: String, person: String, source: String, reason: String)] = [
            (["name “Mews” → “Guesty”"], "account acme “Zoë Doe”", "Zoë Doe", "203.0.113.6", "on the page"),
            (["scopes listings:read → *", "permissions none → admin"], "key \(ledger.adminID)", "", "203.0.113.5", "over HTTP"),
            (["scopes * → a:read", "permissions admin → keys.read"], "operator cli “\(user)”", user, "", "by command"),
        ]
        let changes = try ledger.events.filter { $0["type"] as? String == "KeyChanged" }
        #expect(changes.count == 3)
        let csv = try ledger.run("log", "export", "--format", "csv").output
        let rows =
            try Self.python("print(json.dumps(list(csv.DictReader(io.StringIO(text, newline='')))))", csv) as? [[String: String]] ?? []
        for (way, event) in zip(ways, changes) {
            let position = try #require(event["position"] as? Int)
            let all = way.words + [way.reason] + (way.source.isEmpty ? [] : ["from " + way.source])
            for command in [["audit", "key", key.id], ["log", "show"]] {
                let shown = try Program.run(command + ["--data", ledger.path]).output
                let line = shown.split(separator: "\n").first { $0.hasPrefix("\(position)  ") } ?? ""
                for words in all + ["by " + way.who] { #expect(line.contains(words), "\(words) in \(command): \(shown)") }
            }
            let explained = try ledger.run("audit", "explain", "\(position)").output
            for words in all + (way.person.isEmpty ? [ledger.adminID] : ["“\(way.person)”"]) {
                #expect(explained.contains(words), "\(words) in \(explained)")
            }
            let row = rows[position]
            #expect(row["actor_label"] == way.person && row["client_address"] == way.source && row["reason"] == way.reason, "\(row)")
            let before = try JSONSerialization.jsonObject(with: Data((row["before"] ?? "").utf8)) as? NSDictionary
            #expect(before != nil && before == event["before"] as? NSDictionary)
        }
        #expect(rows.contains { $0["scopes"] == "*" && $0["permissions"] == "admin" })
        // A person of the account learns that it was the operator, but not which person or from where.
        let page = done["page"] as? String ?? ""
        for words in [
            "Scopes: <bdi>listings:read</bdi> → <bdi>*</bdi>", "Permissions: <bdi>none</bdi> → <bdi>admin</bdi>",
            "Reason: <bdi>“over HTTP”</bdi>", "Name: <bdi>“Mews”</bdi> → <bdi>“Guesty”</bdi>", "by <bdi>Zoë Doe</bdi>",
            "from <bdi>203.0.113.6</bdi>", "Reason: <bdi>“on the page”</bdi>", "Scopes: <bdi>*</bdi> → <bdi>a:read</bdi>",
            "Reason: <bdi>“by command”</bdi>", "by <bdi>the operator</bdi>",
        ] { #expect(page.contains(words), "\(words) in \(page)") }
        #expect(!page.contains("203.0.113.5") && !page.contains("(\(user))"))
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
