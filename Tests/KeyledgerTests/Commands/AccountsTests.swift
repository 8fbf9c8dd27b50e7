import Foundation
import LedgerQueries
import TestSupport
import Testing

/// Erasing an account from the command line.
@Suite struct AccountsTests {
    @Test func nothingIsErasedUnasked() throws {
        let ledger = try TemporaryLedger()
        for address in ["192.0.2.0/24", "2001:db8::/32"] { _ = try ledger.key("--account", "acme", "--allow-ip", address) }
        _ = try ledger.key("--account", "acme")
        let before = ledger.contents
        let asked = try ledger.run("accounts", "erase", "acme")
        #expect(asked.code == 2 && asked.error.contains("2 keys") && asked.error.contains("--yes"), "\(asked.error)")
        for words in [[], ["--json"]] {
            let refused = try Program.run(["accounts", "erase", "operator", "--yes", "--data", ledger.path] + words)
            #expect(refused.code == 2 && refused.error.contains("--operator"), "\(refused.error)")
        }
        #expect(ledger.contents == before)
        let mistyped = try Program.run(["accounts", "erase", "acne", "--yes", "--data", ledger.path])
        #expect(mistyped.code == 2, "\(mistyped)")
        let erased = try ledger.run("accounts", "erase", "acme", "--yes", "--json")
        #expect(erased.code == 0 && erased.object["refusedKeys"] as? Int == 2)
        let again = try ledger.run("accounts", "erase", "acme", "--yes")
        #expect(again.code == 0 && again.output.contains("was erased on 20"))
        #expect(try ledger.run("accounts", "erase", "operator", "--operator", "--yes", "--json").object["erased"] as? Bool == true)
        let erasures = try ledger.events.filter { $0["type"] as? String == "AccountErased" }
        #expect(erasures.count == 2)
        let last = try #require(erasures.last)
        #expect(last["localUserId"] as? Int == Int(getuid()) && last["keyId"] is NSNull && last["accountId"] as? String == "operator")
        #expect(try ledger.run("log", "show").output.contains("AccountErased"))
    }

    /// A change of what an account may tells old and new, and is carried out once under one id.
    @Test func changesTellWhatWasBefore() throws {
        let ledger = try TemporaryLedger()
        _ = try ledger.key("--account", "acme")
        #expect(try ledger.run("accounts", "change", "acme", "--max-keys", "5", "--command-id", "a").code == 0)
        #expect(try ledger.run("accounts", "change", "acme", "--max-keys", "7", "--grantable", "a:*").code == 0)
        let again = try ledger.run("accounts", "change", "acme", "--max-keys", "5", "--command-id", "a", "--json")
        #expect(again.code == 0 && again.object["repeated"] as? Bool == true && again.object["keyLimit"] as? Int == 5)
        #expect(again.error.contains("carried out before"))
        let lines = try ledger.run("log", "show").output.split(separator: "\n").filter { $0.contains("AccountChanged") }
        #expect(lines.count == 2)
        #expect(lines.first?.contains("most keys as usual → 5") == true && lines.first?.contains("grantable all scopes") == true)
        #expect(lines.first?.contains("all scopes →") == false)
        #expect(lines.last?.contains("most keys 5 → 7") == true && lines.last?.contains("grantable all scopes → a:*") == true)
        let changes = try ledger.events.filter { $0["type"] as? String == "AccountChanged" }
        #expect(changes.last?["before"] as? NSDictionary == ["keyLimit": 5, "grantable": NSNull()])
        let bundle = ledger.path + "/bundle"
        #expect(try ledger.run("log", "export", "--out", bundle).code == 0)
        let shown = try ChildProcess.run(["python3", "-B", Repository.file("tools/verify-bundle").path, bundle, "--show"])
        guard shown.code != 2 else { return }  // Where Python lacks the package for signatures.
        let text = String(decoding: shown.output, as: UTF8.self)
        #expect(text.contains("most keys as usual → 5  grantable all scopes  local user"), "\(text)")
        #expect(text.contains("most keys 5 → 7  grantable all scopes → a:*"), "\(text)")
    }

    @Test func doctorTellsErasedFromLost() throws {
        let ledger = try TemporaryLedger()
        for account in ["erased", "lost", "renamed"] { _ = try ledger.key("--account", account, name: "Jane") }
        for account in ["erased", "renamed"] { _ = try ledger.run("accounts", "erase", account, "--yes") }
        _ = try ledger.key("--account", "renamed", name: "June")
        try FileManager.default.removeItem(atPath: ledger.path + "/vault/lost.key")
        func notes() throws -> [(level: String, text: String)] {
            let result = try ledger.run("doctor", "--json")
            #expect(result.code == 0, "\(result.output)")
            return (result.object["notes"] as? [[String: String]] ?? []).map { ($0["level"] ?? "", $0["text"] ?? "") }
        }
        let first = try notes()
        for account in ["erased", "renamed"] {
            #expect(first.contains { $0.level == "fine" && $0.text.hasPrefix("The account \(account) was erased on 20") })
        }
        let lost = first.filter { $0.text.contains("is lost") }
        #expect(lost.map(\.level) == ["warning"] && lost.first?.text.contains("account lost") == true, "\(first)")
        // One that came after the erasure is no less lost.
        try FileManager.default.removeItem(atPath: ledger.path + "/vault/renamed.key")
        let texts = try notes().map(\.text)
        #expect(texts.contains { $0.contains("account renamed is lost") } && texts.contains { $0.contains("account renamed was erased") })
    }
}
