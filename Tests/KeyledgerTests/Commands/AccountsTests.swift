import Foundation
import LedgerQueries
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
