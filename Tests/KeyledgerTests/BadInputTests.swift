import Foundation
import Testing

/// Each with a clear sentence, the right exit code, and nothing changed.
@Suite struct BadInputTests {
    @Test(arguments: [
        (["keys", "create", "--name", ""], "empty"),
        (["keys", "create", "--name", String(repeating: "x", count: 10_000)], "longer"),
        (["keys", "create", "--name", "a\u{1}b"], "control"),
        (["keys", "create", "--name", "a\u{202E}b"], "control"),
        (["keys", "create", "--name", "x", "--expires", "2020-01-01T00:00:00Z"], "past"),
        (["keys", "create", "--name", "x", "--expires", "soon"], "no time"),
        (["keys", "create", "--name", "x", "--expires", "-5d"], "expires"),
        (["keys", "create", "--name", "x", "--env", "LIVE"], "environment"),
        (["keys", "create", "--name", "x", "--account", "a b"], "account"),
        (["keys", "create", "--name", "x", "--scope", "a b"], "scope"),
        (["keys", "create", "--name", "x", "--permission", "root"], "permission"),
        (["keys", "create", "--name", "x", "--metadata", "novalue"], "key=value"),
        (["keys", "create"], "--name"),
        (["keys", "revoke", "key_00000000000000000000000000000000"], "no key"),
        (["keys", "revoke", "nonsense"], "no key id"),
        (["keys", "show", "key_0000000000000000000000000000000G"], "no key id"),
        (["keys", "list", "--status", "gone"], "status"),
        (["log", "show", "--from", "-1"], "from"),
        (["usage", "--per", "day"], "key"),
        (["init", "--prefix", "A_b"], "already"),
    ])
    func wrongUse(_ arguments: [String], _ word: String) throws {
        let ledger = try TemporaryLedger()
        let before = ledger.contents
        let result = try Program.run(arguments + ["--data", ledger.path])
        #expect(result.code == 2, "\(result.error)")
        #expect(result.error.contains(word), "\(result.error)")
        #expect(!result.error.contains("Error Domain") && !result.error.contains("Fatal"))
        #expect(ledger.contents == before)
    }

    @Test func aMistypedOrTruncatedSecretIsToldFromAnUnknownOne() throws {
        let ledger = try TemporaryLedger()
        let (_, secret) = try ledger.key()
        let mistyped = secret.dropLast() + (secret.last == "a" ? "b" : "a")
        for bad in [String(secret.dropLast(10)), String(mistyped), "", "hello", String(repeating: "k", count: 100_000)] {
            let verdict = try ledger.verify(bad)
            #expect(verdict.code == 1)
            #expect(verdict.object["code"] as? String == "MALFORMED")
        }
        let other = try TemporaryLedger()
        #expect(try ledger.verify(other.adminSecret).object["code"] as? String == "NOT_FOUND")
        #expect(try ledger.events.count == 2)
    }

    @Test func aFolderThatIsMissing() throws {
        let result = try Program.run(["keys", "list", "--data", "/nonexistent/folder"])
        #expect(result.code == 3)
        #expect(result.error.contains("keyledger init"))
        #expect(try Program.run(["keys", "list"]).code == 2)
    }

    @Test func aFolderOnAReadOnlyFileSystem() throws {
        let ledger = try TemporaryLedger()
        // A mount namespace of the command's own; needs root, as CI has.
        let script = "mount --bind -o ro \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\""
        let result = try ledger.run("keys", "list", through: ["unshare", "--mount", "sh", "-c", script, ledger.path])
        #expect(result.code == 3, "\(result.output) \(result.error)")
        #expect(result.error.contains("writable"))
    }

    @Test func aFolderInUseFromAnotherPIDNamespace() throws {
        let ledger = try TemporaryLedger()
        let follower = Process()
        follower.executableURL = URL(fileURLWithPath: Program.path)
        follower.arguments = ["log", "follow", "--data", ledger.path, "--from", "0"]
        let output = Pipe()
        follower.standardOutput = output
        try follower.run()
        defer {
            follower.terminate()
            follower.waitUntilExit()
        }
        // It has the folder open once it shows something.
        _ = output.fileHandleForReading.availableData
        let result = try ledger.run("keys", "list", through: ["unshare", "--pid", "--fork"])
        #expect(result.code == 3)
        #expect(result.error.contains("PID namespace"))
        #expect(try ledger.run("keys", "list").code == 0)
    }

    @Test func helpIsHelp() throws {
        #expect(try Program.run(["--help"]).code == 0)
        #expect(try Program.run(["keys", "create", "--help"]).output.contains("--expires"))
        #expect(try Program.run(["nonsense"]).code == 2)
    }
}
