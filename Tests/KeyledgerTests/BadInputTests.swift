import Foundation
import LedgerQueries
import TestSupport
import Testing

/// Each with a clear sentence, the right exit code, and nothing changed.
@Suite struct BadInputTests {
    @Test(arguments: [
        (["keys", "create", "--name", ""], "seen"), (["keys", "create", "--name", "a\u{FFFD}b"], "UTF-8"),
        (["keys", "create", "--name", String(repeating: "x", count: 10_000)], "longer"),
        (["keys", "create", "--name", "a\u{1}b"], "control"),
        (["keys", "create", "--name", "a\u{202E}b"], "control"),
        (["keys", "create", "--name", "x", "--expires", "2020-01-01T00:00:00Z"], "past"),
        (["keys", "create", "--name", "x", "--expires", "soon"], "no time"),
        (["keys", "create", "--name", "x", "--expires", "-5d"], "expires"),
        (["keys", "create", "--name", "x", "--env", "LIVE"], "--env must be"),
        (["keys", "create", "--name", "x", "--account", "a b"], "account"),
        (["keys", "create", "--name", "x", "--scope", "a b"], "scope"),
        (["keys", "create", "--name", "x", "--permission", "root"], "permission"),
        (["keys", "create", "--name", "x", "--metadata", "novalue"], "key=value"),
        (["keys", "create"], "--name"),
        (["keys", "revoke", "key_00000000000000000000000000000000"], "no key"),
        (["keys", "create", "--name", "x", "--metadata", "a=1", "--metadata", "a=2"], "twice"),
        (["keys", "revoke", "nonsense"], "no key id"),
        (["usage", "key_00000000000000000000000000000000", "--per", "hour", "--from", "2020-01-01T00:00:00Z"], "no key"),
        (["serve", "--json"], "--json"),
        (["serve", "--port", "70000"], "any free one"),
        (["serve", "--port", "0", "--auth-listen", "8081"], "auth-listen"),
        (["serve", "--port", "0", "--key-header", "Authorization"], "--key-header"),
        (["serve", "--port", "0", "--trusted-proxy", "everybody"], "--trusted-proxy"),
        (["serve", "--port", "0", "--max-connections", "3"], "--max-connections takes 16 to"),
        (["serve", "--port", "0", "--max-connections", "99999999"], "kept for files"),
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

    @Test func aSecretInTheWrongPlaceIsNotEchoed() throws {
        let ledger = try TemporaryLedger()
        let (_, secret) = try ledger.key()
        let before = ledger.contents
        for text in [
            secret, String(secret.dropLast(3)), "\"\(secret)\"", "--\(secret)", "--key=\(secret)", "my_\(secret)",
            secret.replacing("_", with: "%5F"),
            "Basic " + Data((secret + ":").utf8).base64EncodedString(),
        ] {
            for arguments in [
                ["keys", "revoke", text], ["keys", "show", text], ["verify", text], ["usage", text], [text],
                ["log", "show", "--key", text],
                ["keys", "create", "--name", text], ["keys", "list", "--status", text],
            ] {
                let result = try Program.run(arguments + ["--data", ledger.path])
                #expect(result.code == 2)
                #expect(!(result.output + result.error).contains(secret.dropFirst(12).prefix(20)), "\(arguments)")
                #expect(result.error.contains("a key's secret (lhql_live_…") && result.error.contains("history"), "\(result.error)")
            }
        }
        for arguments in [
            ["keys", "create", "--name", "n", "--scope", "a:b", "--scope", secret], ["keys", "create", "--name", "n", "--account", secret],
            ["keys", "create", "--name", "n", "--metadata", "a=\(secret)"], ["keys", "create", "--name", "n", "--allow-ip", secret],
            ["verify", "--scope", secret], ["verify", "--env", secret], ["verify", "--ip", secret], ["log", "export", "--from", secret],
        ] {
            let result = try Program.run(arguments + ["--data", ledger.path], input: secret + "\n")
            #expect(result.code == 2 && result.error.contains("a key's secret (lhql_live_…"), "\(result.error)")
            #expect(!(result.output + result.error).contains(secret.dropFirst(12).prefix(20)), "\(arguments)")
        }
        let folder = try Program.run(["keys", "list"], environment: ["KEYLEDGER_DATA": "/tmp/\(secret)"])
        #expect(folder.code == 2 && folder.error.contains("KEYLEDGER_DATA") && !folder.error.contains(secret.dropFirst(12).prefix(20)))
        #expect(ledger.contents == before)
        // What only resembles one is nobody's secret.
        #expect(try ledger.run("keys", "create", "--name", "my_app_internationalization and 0190b5c2a3f17d3e8c4b5a6978695a4b").code == 0)
    }

    /// A piece of a secret is nothing that could be recognised.
    @Test(arguments: [
        ["keys", "show", "X"], ["keys", "create", "--name", "n", "--scope", "X "], ["keys", "create", "--name", "n", "--account", "/X"],
        ["keys", "create", "--name", "n", "--metadata", "X"], ["keys", "create", "--name", "n", "--permission", "X"],
        ["keys", "create", "--name", "n", "--expires", "X"], ["verify", "--scope", "X "], ["verify", "--ip", "X"],
        ["keys", "list", "--status", "X"],
        ["log", "export", "--from", "X"], ["keys", "create", "--name", "n", "--allow-ip", "X"],
    ])
    func complaintsRepeatNothing(_ arguments: [String]) throws {
        let piece = "k7Qz9Lm2Xc4Vb6Nh8Jf1Gd3Sa5"
        let ledger = try TemporaryLedger()
        let result = try Program.run(arguments.map { $0.replacing("X", with: piece) } + ["--data", ledger.path], input: "x\n")
        #expect(result.code == 2 && !result.error.isEmpty && !(result.output + result.error).contains(piece), "\(result.error)")
    }

    @Test func useByHourSpansAsMuchAsOverHTTP() throws {
        let ledger = try TemporaryLedger()
        let (id, _) = try ledger.key()
        #expect(try ledger.run("usage", id, "--per", "hour", "--from", "2020-01-01T00:00:00Z").error.contains("1000 hours"))
        #expect(try ledger.run("usage", id, "--per", "day", "--from", "2099-01-01T00:00:00Z").error.contains("future"))
        #expect(try ledger.run("usage", id, "--per", "day", "--json").code == 0)
    }

    @Test func aFolderWhereNoneCanBeMade() throws {
        let ledger = try TemporaryLedger()
        for (path, word) in [
            ("/vault/nothing/here", "does not exist"), ("/ledger/data.mdb", "is a file"), ("/ledger/data.mdb/x", "below a file"),
        ] {
            let result = try Program.run(["init", "--data", ledger.path + path])
            #expect(result.code == 2 && result.error.contains(word), "\(path) \(result.error)")
        }
    }

    @Test func aFolderThatAnotherUserHas() throws {
        let ledger = try TemporaryLedger()
        // The test is root, as CI is: to whom every folder is open.
        for command in ["keys list", "doctor"] {
            let result = try Program.run(
                command.split(separator: " ").map(String.init) + ["--data", ledger.path],
                through: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
            #expect(result.code == 3)
            #expect(result.error.contains("permissions") && !result.error.contains("no ledger"), "\(result.error)")
        }
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

    /// Which of several lines was meant nobody knows.
    @Test(arguments: [["verify"], ["verify", "--dry-run"], ["audit", "leak"]])
    func aKeyIsOneLine(_ command: [String]) throws {
        let ledger = try TemporaryLedger()
        let (_, secret) = try ledger.key()
        let before = try ledger.events.count
        for input in [
            secret + "\ngarbage", secret + "\n" + secret + "\n", secret + "\n\n \nx", secret + String(repeating: "\n", count: 5_000),
        ] {
            let result = try Program.run(command + ["--data", ledger.path], input: input)
            #expect(result.code == 2 && result.output.isEmpty && result.error.contains("more than one line"), "\(result.error)")
            #expect(!result.error.contains("garbage") && !result.error.contains(secret.dropFirst(12).prefix(20)))
        }
        #expect(try ledger.events.count == before)
        // What follows the end of a line and is empty is no line.
        for input in [secret, secret + "\n", secret + "\r\n", secret + "\n\n \n"] {
            #expect(try Program.run(command + ["--data", ledger.path], input: input).code == 0)
        }
    }

    @Test func aFolderThatIsMissing() throws {
        for command in [["keys", "list"], ["doctor"]] {
            let result = try Program.run(command + ["--data", "/nonexistent/folder"])
            #expect(result.code == 3)
            #expect(result.error.contains("keyledger init"))
        }
        #expect(try Program.run(["keys", "list"]).code == 2)
    }

    @Test func aFolderOnAReadOnlyFileSystem() throws {
        let ledger = try TemporaryLedger()
        // A mount namespace of the command's own; needs root, as CI has.
        let script = "mount --bind -o ro \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$@\""
        let wrapper = ["unshare", "--mount", "sh", "-c", script, ledger.path]
        for command in ["list", "doctor"] {
            let result = try command == "list" ? ledger.run("keys", "list", through: wrapper) : ledger.run("doctor", through: wrapper)
            #expect(result.code == 3, "\(result.output) \(result.error)")
            #expect(result.error.contains("writable") && !result.output.contains("amaged"))
        }
    }

    @Test func aFolderInUseFromAnotherPIDNamespace() throws {
        let ledger = try TemporaryLedger()
        // It has the folder open once it shows something.
        try ChildProcess.beside([Program.path, "log", "follow", "--data", ledger.path, "--from", "0"]) {
            let result = try ledger.run("keys", "list", through: ["unshare", "--pid", "--fork"])
            #expect(result.code == 3)
            #expect(result.error.contains("PID namespace"))
            let examined = try ledger.run("doctor", "--json", through: ["unshare", "--pid", "--fork"])
            #expect(examined.code == 3)
            #expect((examined.object["unavailable"] as? String)?.contains("PID namespace") == true)
            #expect((examined.object["damaged"] as? [Any])?.isEmpty == true)
            #expect(try ledger.run("keys", "list").code == 0)
        }
    }

    @Test func helpIsHelp() throws {
        #expect(try Program.run(["--help"]).code == 0)
        #expect(try Program.run(["keys", "create", "--help"]).output.contains("--expires"))
        #expect(try Program.run(["nonsense"]).code == 2)
        #expect(try Program.run(["--version"]).output == "1.0.0\n")
    }
}
