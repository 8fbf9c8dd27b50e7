import Foundation
import Testing

@testable import keyledger

/// An unknown command or option is answered with the one that was probably meant, and refusals name options as they are written.
@Suite struct SuggestionTests {
    @Test(arguments: [
        (["keys", "ls"], "keyledger keys list"), (["key", "list"], "keyledger keys list"), (["keys", "lst"], "keyledger keys list"),
        (["ls"], "keyledger keys list"), (["list"], "keyledger keys list"), (["key"], "keyledger keys"),
        (["keys", "delete"], "keyledger keys revoke"),
        (["log", "shwo"], "keyledger log show"), (["export"], "keyledger log export"), (["rotate"], "keyledger keys rotate"),
        (["audit", "verfy"], "keyledger audit verify"), (["KEYS", "list"], "keyledger keys list"),
        (["keys", "list", "--stat", "active"], "--status"), (["keys", "--stat", "active"], "keyledger keys list --status"),
        (["keys", "create", "--nam", "x"], "--name"), (["keys", "create", "--name", "x", "--expiresAt", "30d"], "--expires"),
        (["keys", "create", "--name", "x", "--ipAllowlist", "192.0.2.1"], "--allow-ip"),
        (["keys", "create", "--name", "x", "--accountId=a"], "--account"),
        (["log", "--form", "3"], "--from"), (["keys", "list", "-json"], "--json"), (["verify", "--scop", "a:b"], "--scope"),
    ])
    func isNear(_ arguments: [String], _ meant: String) throws {
        #expect(Suggestion.words(for: arguments[...]) == "Did you mean '\(meant)'?")
        let result = try Program.run(arguments)
        #expect(result.code == 2 && result.output.isEmpty)
        // In the line that says what is wrong, in the place of what the parser would say.
        let first = result.error.split(separator: "\n").first ?? ""
        #expect(first.hasPrefix("Error: ") && first.hasSuffix("Did you mean '\(meant)'?"), "\(result.error)")
        #expect(result.error.components(separatedBy: "Did you mean").count == 2)
    }

    @Test(arguments: [
        ["xyzzy"], ["keys", "xyzzy"], ["keys", "show"], ["keys", "list", "surplus"], ["keys", "create", "--name", "--weird"],
        ["help", "keys"],
        ["keys", "list", "--", "--stat"], ["5"], ["keys", "list", "--status", "--stat"],
    ])
    func nothingIsNear(_ arguments: [String]) {
        #expect(Suggestion.words(for: arguments[...]) == nil)
    }

    @Test func ofSeveralTheNearest() {
        let names = ["show", "list", "rotate", "revoke", "rename", "status", "expires"]
        for (written, meant) in [
            ("lsit", "list"), ("stat", "status"), ("re", "revoke"), ("ren", "rename"), ("rotat", "rotate"), ("expiresAt", "expires"),
            ("shwo", "show"),
            ("Status", "status"), ("ls", "list"),
        ] { #expect(NearestName.to(written, among: names) == meant, "\(written)") }
        for written in ["", "l", "zzz", "-", "statistics of everything"] {
            #expect(NearestName.to(written, among: names) == nil, "\(written)")
        }
    }

    @Test func refusalsNameOptions() throws {
        let ledger = try TemporaryLedger()
        let (id, _) = try ledger.key()
        for (arguments, words) in [
            (["keys", "create", "--name", "x", "--allow-ip", "nowhere"], "--allow-ip has an entry"),
            (["keys", "create", "--name", "x", "--expires", "2020-01-01"], "--expires lies in the past"),
            (["keys", "change", id, "--expires", "2020-01-01"], "--expires lies in the past"),
            (["keys", "create", "--name", "x", "--scope", "a b"], "The scopes (--scope) hold something"),
            (["keys", "create", "--name", " "], "--name must hold something"), (["keys", "rename", id, " "], "name must hold something"),
            (["keys", "create", "--name", "x", "--env", "LIVE"], "--env must be 1 to 16"),
            (["keys", "rotate", id, "--grace", "5000d"], "--grace must be 0 to"),
            (["keys", "revoke", id, "--reason-code", "NOT THIS"], "--reason-code must be"),
            (["keys", "disable", id, "--command-id", "a b"], "--command-id must be"),
            (["usage", id, "--per", "day", "--from", "2026-02-01", "--to", "2026-01-01"], "--from must lie before"),
        ] {
            let result = try Program.run(arguments + ["--data", ledger.path])
            #expect(result.code == 2 && result.error.contains("keyledger: " + words), "\(arguments): \(result.error)")
            for field in ["ipAllowlist", "expiresAt", "graceSeconds", "reasonCode", "Idempotency-Key", "accountId"] {
                #expect(!result.error.contains(field), "\(result.error)")
            }
        }
        #expect(try ledger.run("keys", "create", "--name", "x", "--command-id", "c").code == 0)
        let again = try ledger.run("keys", "create", "--name", "y", "--command-id", "c")
        #expect(again.code == 2 && again.error.contains("--command-id") && !again.error.contains("Idempotency-Key"), "\(again.error)")
    }
}
