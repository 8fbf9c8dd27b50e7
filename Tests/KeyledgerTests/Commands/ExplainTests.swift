import Foundation
import LedgerQueries
import Testing

/// `audit explain` and `audit leak`.
@Suite struct ExplainTests {
    @Test func everyEventIsExplained() throws {
        let ledger = try TemporaryLedger()
        let (id, secret) = try ledger.key("--scope", "a:read", "--allow-ip", "192.0.2.0/24", name: "Sync")
        #expect(try ledger.verify(secret, "--scope", "a:read", "--ip", "192.0.2.1").code == 0)
        #expect(try ledger.verify(secret, "--scope", "b:read", "--ip", "192.0.2.1").code == 1)
        #expect(try ledger.verify(secret, "--ip", "198.51.100.1").code == 1)
        #expect(try ledger.run("keys", "revoke", id, "--reason", "gone").code == 0)
        #expect(try ledger.verify(secret).code == 1)
        let events = try ledger.events
        var recorded: [String?] = []
        for event in events {
            let position = try #require(event["position"] as? Int)
            let result = try ledger.run("audit", "explain", "\(position)", "--json")
            #expect(result.code == 0)
            #expect(result.object["position"] as? Int == position && result.object["type"] as? String == event["type"] as? String)
            #expect(result.object["recordedAt"] as? String == event["recordedAt"] as? String)
            #expect(result.object["rule"] is String && result.object["reason"] is NSNull)
            recorded.append(result.object["recorded"] as? String)
            if result.object["recorded"] is String {
                #expect(result.object["matches"] as? Bool == true)
                #expect(result.object["decided"] as? String == result.object["recorded"] as? String)
                #expect((result.object["events"] as? [[String: Any]])?.isEmpty == false)
            } else {
                #expect(result.object["matches"] is NSNull && result.object["decided"] is NSNull)
            }
            let text = try ledger.run("audit", "explain", "\(position)")
            #expect(text.code == 0 && text.output.contains(event["type"] as? String ?? "?"))
        }
        #expect(recorded == [nil, nil, "VALID", "INSUFFICIENT_SCOPE", "IP_NOT_ALLOWED", nil, "REVOKED"])
        #expect(try ledger.run("audit", "explain", "6").output.contains("They agree."))
        #expect(
            try ledger.run("audit", "explain", "5").output.contains(
                "revoked for good (unspecified) by the operator's command line (“\(NSUserName())”): “gone”")
        )
        let beyond = try ledger.run("audit", "explain", "7")
        #expect(beyond.code == 2 && beyond.error.contains("whose last record stands at 6"))
        #expect(try ledger.run("audit", "explain", "x").code == 2)
    }

    @Test func whatCannotBeDecidedAgainSaysWhy() throws {
        let ledger = try TemporaryLedger()
        let (_, secret) = try ledger.key("--account", "acme", "--allow-ip", "192.0.2.0/24")
        #expect(try ledger.verify(secret, "--ip", "192.0.2.1").code == 0)
        #expect(try ledger.run("accounts", "erase", "acme", "--yes").code == 0)
        let result = try ledger.run("audit", "explain", "2", "--json")
        #expect(result.code == 0 && result.object["matches"] is NSNull)
        #expect((result.object["reason"] as? String)?.contains("data key was destroyed") == true)
        #expect(try ledger.run("audit", "explain", "2").output.contains("cannot be decided again"))
    }

    @Test func aLeakedKeyIsFollowed() throws {
        let ledger = try TemporaryLedger()
        let (id, secret) = try ledger.key("--account", "acme", name: "Sync")
        for _ in 0..<3 { #expect(try ledger.verify(secret, "--ip", "192.0.2.1").code == 0) }
        let open = try ledger.run("audit", "leak", input: secret + "\n")
        #expect(open.code == 0 && open.output.contains("is in force") && open.output.contains("keyledger keys revoke \(id)"))
        #expect(try ledger.run("keys", "revoke", id).code == 0)
        #expect(try ledger.verify(secret, "--ip", "198.51.100.9").code == 1)
        let report = try ledger.run("audit", "leak", "--since", "3", "--json", input: secret + "\n")
        #expect(report.code == 0)
        #expect(report.object["keyId"] as? String == id && report.object["accountId"] as? String == "acme")
        #expect(report.object["name"] as? String == "Sync" && report.object["status"] as? String == "revoked")
        #expect(report.object["accepted"] as? Int == 3 && (report.object["acceptedAfterEnd"] as? [Int]) == [])
        let uses = report.object["uses"] as? [[String: Any]] ?? []
        #expect(uses.compactMap { $0["count"] as? Int } == [2] && uses.first?["clientAddress"] as? String == "192.0.2.1")
        #expect((uses.first?["actor"] as? [String: Any])?["id"] as? String == "cli")
        let refusals = report.object["refusals"] as? [[String: Any]] ?? []
        #expect(refusals.compactMap { $0["code"] as? String } == ["REVOKED"])
        // That the account's key was followed stands before its end.
        #expect((report.object["end"] as? [String: Any])?["position"] as? Int == 6)
        #expect((report.object["evidence"] as? [[String: Any]])?.compactMap { $0["position"] as? Int } == [1, 4, 6])
        #expect((report.object["statement"] as? String)?.hasPrefix("None was accepted after the end at position 6.") == true)
        let text = try ledger.run("audit", "leak", input: secret + "\n")
        #expect(text.code == 0 && text.output.contains("None was accepted") && text.output.contains("198.51.100.9"))
        for result in [open, report, text] { #expect(!(result.output + result.error).contains(secret.suffix(40))) }
    }

    @Test func nobodysKeyIsNotFollowed() throws {
        let ledger = try TemporaryLedger()
        let other = try TemporaryLedger()
        let unknown = try ledger.run("audit", "leak", input: other.adminSecret + "\n")
        #expect(unknown.code == 1 && unknown.output.isEmpty && unknown.error.contains("No key of this ledger"))
        #expect(!unknown.error.contains(other.adminSecret))
        #expect(try ledger.run("audit", "leak", "--since", "2999-01-01T00:00:00Z", input: ledger.adminSecret + "\n").code == 2)
        #expect(try ledger.run("audit", "leak", "--since", "soon", input: ledger.adminSecret + "\n").code == 2)
        #expect(try ledger.run("audit", "leak").code == 2)
        #expect(try ledger.run("audit", "leak", ledger.adminSecret).code == 2)
    }
}
