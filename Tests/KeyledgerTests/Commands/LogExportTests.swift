import Foundation
import LedgerQueries
import TestSupport
import Testing

/// Each form is read back by a program that shares no code with the one that wrote it.
@Suite struct LogExportTests {
    /// What Python's own readers make of an export, as JSON.
    private static func python(_ script: String, _ input: String) throws -> Any {
        let script = "import csv, io, json, sys\ntext = sys.stdin.buffer.read().decode()\n" + script
        let result = try ChildProcess.run(["python3", "-B", "-c", script], input: input)
        #expect(result.code == 0)
        return try JSONSerialization.jsonObject(with: result.output)
    }

    /// Names that every form has to carry: quotes, separators, the marks of formulas, scripts of both directions.
    private static let names = [
        "plain", "a \"quoted\" name", "comma, semicolon; tab-free", "=HYPERLINK(\"http://x\",\"y\")", "+1", "-1+1", "@SUM(A1)", "'=quoted",
        "＝full width", "שלום עולם", "مفتاح", "日本語, 鍵", "👩‍👩‍👧 family", "back\\slash", "two  spaces", "'", "null", "{\"a\":1}",
    ]

    private static func filledLedger() throws -> TemporaryLedger {
        let ledger = try TemporaryLedger()
        for name in names {
            // The option and its value are one argument: a name that begins with a hyphen is not an option.
            let made = try ledger.run("keys", "create", "--account", "acme", "--metadata", "note=\(name)", "--name=\(name)")
            #expect(made.code == 0, "\(made.error)")
        }
        let key = try ledger.key("--scope", "listings:read", "--scope", "a:*", "--allow-ip", "192.0.2.0/24", name: "rules")
        _ = try ledger.verify(key.secret, "--scope", "listings:read")
        _ = try ledger.run("keys", "rotate", key.id, "--grace", "0")
        _ = try ledger.run("keys", "change", key.id, "--scope", "b", "--expires", "30d")
        _ = try ledger.run("keys", "revoke", key.id, "--reason", "=found, in a \"mail\"")
        // That the events of others are read stands in the log, once for what follows.
        _ = try ledger.run("log", "show")
        return ledger
    }

    @Test func jsonLinesAreTheLogAsItIsShown() throws {
        let ledger = try Self.filledLedger()
        let exported = try ledger.run("log", "export", "--format", "jsonl")
        #expect(exported.code == 0 && exported.error.isEmpty, "\(exported.error)")
        #expect(try exported.output == ledger.run("log", "show", "--json").output)
        let read = try Self.python("print(json.dumps([json.loads(line)['personal'] for line in text.splitlines()]))", exported.output)
        let names = (read as? [Any] ?? []).compactMap { ($0 as? [String: Any])?["name"] as? String }
        #expect(names == ["admin"] + Self.names + ["rules"] || names.suffix(Self.names.count + 1) == Self.names + ["rules"])
    }

    @Test func csvIsReadByOthers() throws {
        let ledger = try Self.filledLedger()
        let exported = try ledger.run("log", "export", "--format", "csv")
        #expect(exported.code == 0)
        #expect(exported.output.utf8.count { $0 == 10 } == exported.output.utf8.count { $0 == 13 })
        let script = "print(json.dumps([list(row.items()) for row in csv.DictReader(io.StringIO(text, newline=''), strict=True)]))"
        let rows = try (Self.python(script, exported.output) as? [[[String]]] ?? []).map { row in
            Dictionary(uniqueKeysWithValues: row.map { ($0[0], $0[1]) })
        }
        let events = try ledger.events
        #expect(rows.count == events.count)
        for (row, event) in zip(rows, events) {
            #expect(row["position"] == "\(event["position"] as? Int ?? -1)" && row["type"] == event["type"] as? String)
            #expect(row["key_id"] == event["keyId"] as? String ?? "" && row["account_id"] == event["accountId"] as? String)
            #expect(row["recorded_at"] == event["recordedAt"] as? String)
            let actor = event["actor"] as? [String: String]
            #expect(row["actor_kind"] == actor?["kind"] && row["actor_id"] == actor?["id"])
            let personal = event["personal"] as? [String: Any] ?? [:]
            for (column, field) in [("name", "name"), ("reason", "reason"), ("client_address", "clientAddress"), ("path", "path")] {
                #expect(Self.unprotected(row[column] ?? "?") == personal[field] as? String ?? "", "\(row)")
            }
            let scopes = (event["scopes"] ?? event["scopesAsked"]) as? [String]
            #expect(Self.unprotected(row["scopes"] ?? "?") == (scopes ?? []).joined(separator: " "))
            #expect(row["count"] == (event["count"] as? Int).map(String.init) ?? "")
            #expect(row["code"] == event["code"] as? String ?? "" && row["reason_code"] == event["reasonCode"] as? String ?? "")
            #expect(row["changed"] == (event["changed"] as? [String] ?? []).joined(separator: " "))
            #expect(row["expires_at"] == event["expiresAt"] as? String ?? "")
            if let metadata = personal["metadata"] as? [String: String], let text = row["metadata"] {
                #expect(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String] == metadata)
            }
        }
        // No cell begins as a formula does.
        let cells = rows.flatMap(\.values)
        #expect(cells.allSatisfy { $0.unicodeScalars.first.map { !"=+-@\t\r\n＝＋－＠".unicodeScalars.contains($0) } ?? true })
        #expect(rows.map { $0["name"] ?? "" }.contains("'=HYPERLINK(\"http://x\",\"y\")"))
    }

    /// Returns a text with one apostrophe less, by the rule of `CSVRow`.
    private static func unprotected(_ text: String) -> String { text.hasPrefix("'") ? String(text.dropFirst()) : text }

    @Test func cloudEventsAreWhatTheyAreSaidToBe() throws {
        let ledger = try Self.filledLedger()
        let exported = try ledger.run("log", "export", "--format", "cloudevents")
        #expect(exported.code == 0)
        let read = try Self.python("print(json.dumps([json.loads(line) for line in text.splitlines()]))", exported.output)
        let clouds = read as? [[String: Any]] ?? []
        let events = try ledger.events
        #expect(clouds.count == events.count)
        #expect(Set(clouds.compactMap { $0["source"] as? String }).count == 1)
        for (cloud, event) in zip(clouds, events) {
            #expect(
                Set(cloud.keys).union(["subject"]) == ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"])
            #expect(cloud["specversion"] as? String == "1.0" && cloud["datacontenttype"] as? String == "application/json")
            #expect(cloud["id"] as? String == "\(event["position"] as? Int ?? -1)")
            #expect((cloud["source"] as? String)?.wholeMatch(of: /urn:keyledger:[0-9a-f]{32}/) != nil)
            #expect(cloud["type"] as? String == "keyledger." + (event["type"] as? String ?? ""))
            #expect(cloud["subject"] as? String == event["keyId"] as? String && cloud["time"] as? String == event["recordedAt"] as? String)
            #expect(cloud["data"] as? NSDictionary == event as NSDictionary)
        }
    }

    @Test func partsOfTheLog() throws {
        let ledger = try TemporaryLedger()
        let (acme, other) = (try ledger.key("--account", "acme"), try ledger.key())
        _ = try ledger.run("keys", "disable", acme.id)
        Thread.sleep(forTimeInterval: 0.02)
        _ = try ledger.run("keys", "disable", other.id)
        let times = try ledger.events.compactMap { $0["recordedAt"] as? String }
        func positions(_ arguments: String...) throws -> [Int] {
            let result = try Program.run(["log", "export", "--format", "jsonl", "--data", ledger.path] + arguments)
            #expect(result.code == 0, "\(result.error)")
            return result.lines.compactMap { $0["position"] as? Int }
        }
        // The last says that the events were read.
        #expect(try positions() == [0, 1, 2, 3, 4, 5])
        #expect(try positions("--from", "2", "--to", "4") == [2, 3])
        #expect(try positions("--from", times[4]) == [4, 5])
        #expect(try positions("--to", times[4]) == [0, 1, 2, 3])
        #expect(try positions("--account", "acme") == [1, 3])
        #expect(try positions("--key", other.id) == [2, 4])
        #expect(try positions("--key", other.id, "--account", "acme").isEmpty)
        #expect(try positions("--from", "3", "--to", "99") == [3, 4, 5])
        // A row of names even where there is nothing else.
        let empty = try ledger.run("log", "export", "--format", "csv", "--account", "acme", "--key", other.id).output
        #expect(empty.hasPrefix("position,recorded_at,") && empty.hasSuffix("\r\n") && empty.split(separator: "\r\n").count == 1)
    }

    @Test(arguments: [
        (["--format", "jsonl", "--account", "nobody"], "no account"), (["--format", "jsonl", "--account", "a b"], "account"),
        (["--format", "jsonl", "--key", "key_00000000000000000000000000000000"], "no key"),
        (["--format", "jsonl", "--key", "x"], "no key id"),
        (["--format", "xml"], "format"), (["--format", "jsonl", "--from", "soon"], "--from"),
        (["--format", "jsonl", "--to", "-1"], "to"), (["--format", "jsonl", "--from", "1", "--to", "0"], "after --to"),
        (["--from", "2099-01-01T00:00:00Z"], "--from lies in the future"), (["--from", "2099-01-01"], "--from lies in the future"),
        (["--format", "csv", "--from", "99"], "--from is position 99"),
        (["--format", "csv", "--out", "/nowhere/at/all.csv"], "cannot be written"), (["--format", "csv", "--out", "/tmp/"], "exists"),
    ])
    func wrongUse(_ arguments: [String], _ word: String) throws {
        let ledger = try TemporaryLedger()
        let result = try Program.run(["log", "export", "--data", ledger.path] + arguments)
        #expect(result.code == 2 && result.output.isEmpty, "\(result.code) \(result.error)")
        #expect(result.error.contains(word), "\(result.error)")
    }

    /// What a kill leaves is named where somebody looks for it; that it goes with the next export is tested with what is made as files.
    @Test func helpNamesWhatAKillLeaves() throws {
        let help = try Program.run(["log", "export", "--help"]).output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(help.contains(".NAME.part beside that place, and the next one to the same name takes it away"), "\(help)")
    }

    @Test func aFileIsWholeAndItsOwnersAlone() throws {
        let ledger = try Self.filledLedger()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keyledger-export-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = folder + "/log of=today.csv"
        let written = try ledger.run("log", "export", "--format", "csv", "--out", file)
        #expect(written.code == 0 && written.output.isEmpty && written.error.isEmpty, "\(written.error)")
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(try text == ledger.run("log", "export", "--format", "csv").output)
        // Never in the place of another.
        let again = try ledger.run("log", "export", "--format", "jsonl", "--out", file)
        #expect(again.code == 2 && again.error.contains("exists already"), "\(again.error)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
        // A disk that is full: nothing is left behind.
        let short = try ledger.run(
            "log", "export", "--format", "csv", "--out", folder + "/short", through: ["prlimit", "--fsize=1024"])
        #expect(short.code == 3 && short.error.contains("could not be written"), "\(short.error)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["log of=today.csv"])
    }

    @Test func aReaderThatGoesAwayEndsItQuietly() throws {
        let ledger = try Self.filledLedger()
        let script = "\"$0\" log export --format jsonl --data \"$1\" | head -c 10"
        let result = try ChildProcess.run(["bash", "-c", script, Program.path, ledger.path])
        #expect(result.error.isEmpty)
        #expect(result.output.count == 10)
    }

    @Test func anErasedAccountIsExportedWithoutItsFields() throws {
        let ledger = try TemporaryLedger()
        _ = try ledger.key("--account", "acme", "--metadata", "who=Jane", name: "Jane Doe")
        _ = try ledger.run("accounts", "erase", "acme", "--yes")
        for format in ["jsonl", "csv", "cloudevents"] {
            let exported = try ledger.run("log", "export", "--format", format, "--account", "acme")
            #expect(exported.code == 0 && !exported.output.contains("Jane") && exported.output.contains("KeyCreated"))
        }
        let event = try ledger.run("log", "export", "--format", "jsonl", "--account", "acme").lines.first
        #expect(event?["personal"] is NSNull && event?["sealed"] as? Bool == true)
    }
}
