import Foundation
import Testing

@Suite struct AuditTests {
    private func file(_ ledger: TemporaryLedger, _ name: String, _ text: String) throws -> String {
        let path = ledger.path + "-" + name
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test func checkpointAndKey() throws {
        let ledger = try TemporaryLedger()
        let early = try ledger.run("log", "checkpoint")
        #expect(early.code == 3 && early.error.contains("--sign"))
        let signed = try ledger.run("log", "checkpoint", "--sign")
        #expect(signed.code == 0)
        let lines = signed.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 6 && lines[0].hasPrefix("keyledger/") && lines[1] == "1" && lines[3].isEmpty)
        #expect(lines[4].hasPrefix("\u{2014} " + lines[0] + " ") && lines[5].isEmpty)
        #expect(try ledger.run("log", "checkpoint").output == signed.output)
        let key = try ledger.run("log", "key").output
        #expect(key.hasPrefix(lines[0] + "+"))
        #expect(try ledger.run("log", "checkpoint", "--json").object["size"] as? Int == 1)
    }

    @Test func aSoundLogVerifies() throws {
        let ledger = try TemporaryLedger()
        let key = try ledger.key()
        _ = try ledger.verify(key.secret)
        let held = try file(ledger, "checkpoint", ledger.run("log", "checkpoint", "--sign").output)
        let verifier = try ledger.run("log", "key").output.trimmingCharacters(in: .newlines)
        defer { try? FileManager.default.removeItem(atPath: held) }
        _ = try ledger.verify(key.secret)
        let result = try ledger.run("audit", "verify", "--views", "--json", "--key", verifier, "--checkpoint", held)
        #expect(result.code == 0, "\(result.output) \(result.error)")
        #expect(result.object["size"] as? Int == 4 && result.object["records"] as? Int == 4)
        #expect((result.object["damaged"] as? [Any])?.isEmpty == true)
        #expect(result.object["root"] as? String == ledgerRoot(ledger))
    }

    private func ledgerRoot(_ ledger: TemporaryLedger) -> String? {
        try? ledger.run("log", "checkpoint", "--sign", "--json").object["root"] as? String
    }

    /// The files of an earlier day in the place of today's.
    @Test func aLogThatWasRolledBackDoesNotVerify() throws {
        let ledger = try TemporaryLedger()
        let data = URL(fileURLWithPath: ledger.path + "/ledger/data.mdb")
        let before = try Data(contentsOf: data)
        _ = try ledger.key()
        #expect(try ledger.run("log", "checkpoint", "--sign").code == 0)
        try before.write(to: data)
        let result = try ledger.run("audit", "verify", "--json")
        #expect(result.code == 3)
        let damaged = result.object["damaged"] as? [[String: Any]] ?? []
        #expect(damaged.contains { ($0["what"] as? String)?.contains("the newest are gone") == true }, "\(damaged)")
        #expect(try ledger.run("log", "checkpoint", "--sign").code == 3)
        #expect(try ledger.run("doctor").code == 3)
        #expect(try ledger.run("keys", "list").code == 0)
    }

    @Test func aKeyThatSignedNothingHereShowsNothing() throws {
        let ledger = try TemporaryLedger()
        let stranger = try TemporaryLedger()
        let own = try ledger.run("log", "key").output.trimmingCharacters(in: .newlines)
        let other = try stranger.run("log", "key").output.trimmingCharacters(in: .newlines)
        // Nothing was signed yet.
        #expect(try ledger.run("audit", "verify").output.contains("there is no checkpoint"))
        #expect(try ledger.run("audit", "verify", "--key", own).code == 3)
        #expect(try ledger.run("log", "checkpoint", "--sign").code == 0)
        #expect(try ledger.run("audit", "verify", "--key", own).code == 0)
        let wrong = try ledger.run("audit", "verify", "--key", other)
        #expect(wrong.code == 3 && wrong.output.contains("this one is keyledger/"), "\(wrong.output)")
        let held = try file(ledger, "held", stranger.run("log", "checkpoint", "--sign").output)
        defer { try? FileManager.default.removeItem(atPath: held) }
        let foreign = try ledger.run("audit", "verify", "--checkpoint", held, "--json")
        #expect(foreign.code == 3 && foreign.object["records"] as? Int == 1, "\(foreign.output)")
        // A lost folder comes back.
        try FileManager.default.removeItem(atPath: ledger.path + "/checkpoints")
        #expect(try ledger.run("log", "checkpoint", "--sign").code == 0)
    }

    @Test func anImportThatFailsTakesNothingWithIt() throws {
        let ledger = try TemporaryLedger()
        let (bundle, target) = (ledger.path + "-bundle", ledger.path + "-target")
        defer { for path in [bundle, target] { try? FileManager.default.removeItem(atPath: path) } }
        #expect(try ledger.run("log", "export", "--out", bundle).code == 0)
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: ledger.path + "/vault", toPath: target + "/vault")
        let before = try FileManager.default.contentsOfDirectory(atPath: target + "/vault").sorted()
        #expect(try Program.run(["log", "import", "--data", target, bundle + "-nowhere"]).code == 2)
        let whole = try Data(contentsOf: URL(fileURLWithPath: bundle))
        try whole.dropLast(3).write(to: URL(fileURLWithPath: bundle))
        #expect(try Program.run(["log", "import", "--data", target, bundle]).code == 3)
        #expect(try FileManager.default.contentsOfDirectory(atPath: target + "/vault").sorted() == before)
        #expect(!FileManager.default.fileExists(atPath: target + "/ledger"))
        try whole.write(to: URL(fileURLWithPath: bundle))
        #expect(try Program.run(["log", "import", "--data", target, bundle]).code == 0)
        #expect(try Program.run(["log", "checkpoint", "--sign", "--data", target]).code == 0)
        #expect(try Program.run(["keys", "list", "--data", target]).output.contains("Admin key"))
    }

    @Test func proofs() throws {
        let ledger = try TemporaryLedger()
        for number in 0..<5 { _ = try ledger.key(name: "key \(number)") }
        let proof = try ledger.run("audit", "prove", "3")
        #expect(proof.code == 0)
        #expect(proof.output.hasPrefix("c2sp.org/tlog-proof@v1\nindex 3\n"))
        #expect(proof.output.hasSuffix(try ledger.run("log", "checkpoint").output))
        let beyond = try ledger.run("audit", "prove", "6")
        #expect(beyond.code == 2 && beyond.error.contains("does not reach so far"))
        let consistency = try ledger.run("audit", "consistency", "2")
        #expect(consistency.code == 0 && consistency.output.hasPrefix("old 2\n"))
        #expect(try ledger.run("audit", "consistency", "2", "7").code == 2)
        #expect(try ledger.run("audit", "consistency", "5", "3").code == 2)
        #expect(try ledger.run("audit", "consistency", "2", "4").code == 2)
        #expect(try ledger.run("audit", "consistency", "2", "4", "--json").code == 0)
    }

    @Test func aKeysLife() throws {
        let ledger = try TemporaryLedger()
        let key = try ledger.key(name: "Ada's sync")
        for _ in 0..<3 { _ = try ledger.verify(key.secret) }
        _ = try ledger.run("keys", "revoke", key.id, "--reason", "leaked")
        let text = try ledger.run("audit", "key", key.id)
        #expect(text.code == 0)
        #expect(
            text.output.contains("Ada's sync") && text.output.contains("used  3 times") && text.output.contains("leaked"), "\(text.output)")
        let json = try ledger.run("audit", "key", key.id, "--json")
        let events = json.object["events"] as? [[String: Any]] ?? []
        #expect(events.count == 5)
        #expect(events.allSatisfy { $0["proof"] is [String] && $0["record"] is String })
        #expect(try ledger.run("audit", "key", "key_" + String(repeating: "0", count: 32)).code == 2)
    }

    @Test func exportAndImport() throws {
        let ledger = try TemporaryLedger()
        let key = try ledger.key()
        _ = try ledger.verify(key.secret)
        let bundle = ledger.path + "-bundle"
        let target = ledger.path + "-imported"
        defer { for path in [bundle, target] { try? FileManager.default.removeItem(atPath: path) } }
        #expect(try ledger.run("log", "export", "--format", "bundle", "--out", bundle).code == 0)
        #expect(try Program.run(["audit", "verify", "--bundle", bundle]).code == 0)
        // Nobody can know that this is the newest copy without a checkpoint of it.
        let forked = try Program.run(["log", "import", "--data", target, bundle])
        #expect(forked.code == 0 && forked.output.contains("goes on as a new one"), "\(forked.output) \(forked.error)")
        #expect(try Program.run(["audit", "verify", "--data", target]).code == 0)
        try FileManager.default.removeItem(atPath: target)
        let checkpoint = ledger.path + "-checkpoint"
        defer { try? FileManager.default.removeItem(atPath: checkpoint) }
        try Data(try ledger.run("log", "checkpoint").output.utf8).write(to: URL(fileURLWithPath: checkpoint))
        let imported = try Program.run(["log", "import", "--data", target, bundle, "--checkpoint", checkpoint, "--json"])
        #expect(imported.code == 0, "\(imported.error)")
        #expect(imported.object["root"] as? String == ledgerRoot(ledger))
        #expect(try Program.run(["audit", "verify", "--data", target]).code == 0)
        #expect(try Program.run(["verify", "--data", target, "--json"], input: key.secret + "\n").code == 0)
        #expect(try Program.run(["log", "import", "--data", target, bundle]).code == 2)
        // Half of it.
        let whole = try Data(contentsOf: URL(fileURLWithPath: bundle))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: bundle))
        let half = try Program.run(["audit", "verify", "--bundle", bundle])
        #expect(half.code == 3 && half.output.contains("ends early"), "\(half.output)")
        let other = ledger.path + "-other"
        let refused = try Program.run(["log", "import", "--data", other, bundle])
        #expect(refused.code == 3 && refused.error.contains("ends early"))
        #expect(!FileManager.default.fileExists(atPath: other))
        #expect(try Program.run(["audit", "verify", "--bundle", bundle + "-nowhere"]).code == 2)
        let stranger = try TemporaryLedger()
        let strangersKey = try stranger.run("log", "key").output.trimmingCharacters(in: .newlines)
        try whole.write(to: URL(fileURLWithPath: bundle))
        let wrong = try Program.run(["audit", "verify", "--bundle", bundle, "--key", strangersKey])
        #expect(wrong.code == 3 && wrong.output.contains("another ledger"))
        #expect(try Program.run(["audit", "verify", "--bundle", bundle, "--key", "nonsense"]).code == 2)
    }
}
