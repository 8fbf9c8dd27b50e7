import Foundation
import LedgerQueries
import Testing

/// A command that is carried out while its answer cannot be written says so, and what to do.
@Suite struct OutputErrorTests {
    private static let full = ["sh", "-c", "exec \"$@\" > /dev/full", "sh"]
    private static let closed = ["sh", "-c", "exec \"$@\" >&-", "sh"]

    @Test(arguments: [full, closed], [[], ["--json"]])
    func aCreatedKeysSecretIsLost(_ wrapper: [String], _ json: [String]) throws {
        let ledger = try TemporaryLedger()
        let result = try Program.run(["keys", "create", "--name", "x", "--data", ledger.path] + json, through: wrapper)
        #expect(result.code == 3, "\(result.error)")
        let id = try #require(try ledger.events.last?["keyId"] as? String)
        #expect(result.error.contains(id) && result.error.contains("rotate"), "\(result.error)")
        #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
        #expect(try ledger.run("doctor").code == 0)
    }

    @Test(arguments: [full, closed])
    func othersToo(_ wrapper: [String]) throws {
        let ledger = try TemporaryLedger()
        let (id, _) = try ledger.key()
        for arguments in [["keys", "revoke", id], ["keys", "list"], ["log", "show"], ["usage", "--json"], ["replay", "--check"]] {
            let result = try Program.run(arguments + ["--data", ledger.path], through: wrapper)
            #expect(result.code == 3, "\(arguments) \(result.error)")
            #expect(result.error.contains("could not be written"), "\(arguments) \(result.error)")
        }
        #expect(try ledger.events.last?["type"] as? String == "KeyRevoked")
    }

    @Test(arguments: [
        ["--version"], ["--help"], ["-h"], ["help"], ["help", "keys"], ["keys", "--help"], ["log", "export", "--help"], ["keys"],
        ["--generate-completion-script", "bash"],
    ])
    func whatTheParserPrintsToo(_ arguments: [String]) throws {
        let written = try Program.run(arguments)
        #expect(written.code == 0 && !written.output.isEmpty && written.error.isEmpty, "\(written)")
        for wrapper in [Self.full, Self.closed] {
            let result = try Program.run(arguments, through: wrapper)
            #expect(result.code == 3, "\(arguments) \(result.error)")
            #expect(result.error.contains("could not be written"), "\(arguments) \(result.error)")
            #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
        }
        // A reader that goes away is no failure to speak of.
        let left = try Program.run(arguments, through: ["sh", "-c", "\"$@\" | true", "sh"])
        #expect(left.code == 0 && left.error.isEmpty)
    }

    @Test func theFirstKeyOfALedger() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keyledger-test-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for arguments in [[], ["--json"], ["--no-admin-key"]] {
            let result = try Program.run(["init", "--data", folder] + arguments, through: Self.full)
            #expect(result.code == 3 && result.error.contains("Run init again"), "\(result.error)")
            #expect(try Program.run(["keys", "list", "--data", folder]).code == 2)
        }
        // Nobody has seen it, so there is none; run again, it is shown.
        let again = try Program.run(["init", "--data", folder, "--json"])
        let key = try #require(again.object["adminKey"] as? [String: Any])
        #expect(
            try Program.run(["keys", "list", "--data", folder, "--json"]).objects.map { $0["id"] as? String } == [key["id"] as? String])
        #expect(try Program.run(["verify", "--data", folder], input: "\(key["secret"] ?? "")\n").code == 0)
    }

    @Test func whatWasImported() throws {
        let ledger = try TemporaryLedger()
        let (bundle, folder) = (ledger.path + "/bundle", ledger.path + "/other")
        #expect(try ledger.run("log", "export", "--out", bundle).code == 0)
        let result = try Program.run(["log", "import", bundle, "--data", folder], through: Self.full)
        #expect(result.code == 3 && result.error.contains("nothing was imported"), "\(result.error)")
        #expect(try Program.run(["log", "import", bundle, "--data", folder]).code == 0)
    }

    /// A pipe whose reader is gone ends no command that has made a secret: whoever ran it is told which key it was.
    @Test(arguments: [[], ["--json"]]) func aSecretThatNobodyReads(_ json: [String]) throws {
        let ledger = try TemporaryLedger()
        // The reader is gone before the program starts to write.
        let slow = ["bash", "-c", "set -o pipefail; (sleep 0.3; exec \"$@\") | exec true", "bash"]
        let (id, _) = try ledger.key()
        let made = try Program.run(["keys", "create", "--name", "x", "--data", ledger.path] + json, through: slow)
        let created = try #require(try ledger.events.last?["keyId"] as? String)
        #expect(made.code == 3 && made.error.contains("keyledger keys revoke \(created)"), "\(made)")
        let rotated = try Program.run(["keys", "rotate", id, "--data", ledger.path] + json, through: slow)
        #expect(rotated.code == 3 && rotated.error.contains("keyledger keys revoke \(id)"), "\(rotated)")
        let folder = ledger.path + "/new"
        let first = try Program.run(["init", "--data", folder] + json, through: slow)
        #expect(first.code == 3 && first.error.contains("Run init again"), "\(first)")
        #expect(try Program.run(["keys", "list", "--data", folder]).code == 2)
        // Others that were carried out say so too.
        let revoked = try Program.run(["keys", "revoke", id, "--data", ledger.path] + json, through: slow)
        #expect(revoked.code == 3 && revoked.error.contains("is revoked"), "\(revoked)")
    }

    @Test func aReaderThatGoesAwayEndsTheCommandQuietly() throws {
        let ledger = try TemporaryLedger()
        let result = try ledger.run("log", "show", through: ["sh", "-c", "\"$@\" | true", "sh"])
        #expect(result.code == 0 && result.error.isEmpty)
    }
}
