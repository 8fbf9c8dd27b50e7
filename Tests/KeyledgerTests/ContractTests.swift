import Foundation
import LedgerQueries
import Testing

/// What scripts rely on: fields, exit codes, and that nothing is said twice.
@Suite struct ContractTests {
    @Test func initShowsTheAdminKeyOnceAndRefusesASecondTime() throws {
        let ledger = try TemporaryLedger()
        #expect(ledger.adminID.hasPrefix("key_"))
        #expect(ledger.adminSecret.hasPrefix("lhql_live_"))
        let before = ledger.contents
        let again = try ledger.run("init", "--json")
        #expect(again.code == 2)
        #expect(again.output.isEmpty)
        #expect(again.error.contains("already"))
        #expect(ledger.contents == before)
    }

    @Test func initWritesTheSecretToAFileOnlyItsOwnerReads() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("keyledger-test-\(UUID().uuidString)").path
        let file = folder + "-secret"
        defer {
            try? FileManager.default.removeItem(atPath: folder)
            try? FileManager.default.removeItem(atPath: file)
        }
        let made = try Program.run(["init", "--data", folder, "--prefix", "acme", "--secret-out", file, "--json"])
        #expect(made.code == 0)
        #expect((made.object["adminKey"] as? [String: Any])?["secret"] is NSNull)
        let secret = try String(contentsOfFile: file, encoding: .utf8)
        #expect(secret.hasPrefix("acme_live_"))
        #expect(!made.output.contains(secret.dropLast()))
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? NSNumber
        #expect(mode?.intValue == 0o600)
        let verdict = try Program.run(["verify", "--data", folder, "--json"], input: secret)
        #expect(verdict.object["code"] as? String == "VALID")
    }

    @Test func whereThereIsALedgerInitMaySayNothing() throws {
        let ledger = try TemporaryLedger()
        let before = ledger.contents
        let result = try ledger.run("init", "--if-missing", "--secret-out", "/proc/nowhere")
        #expect(result.code == 1 && result.output.isEmpty && result.error.isEmpty, "\(result.error)")
        #expect(ledger.contents == before)
    }

    /// A file that somebody has put there stays; what an interrupted attempt has left, by both its names, goes.
    @Test(arguments: ["init", "export"])
    func aFileThatWasNotFinishedIsMadeAgain(_ command: String) throws {
        let ledger = try TemporaryLedger()
        let folder = ledger.path + "-out"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (file, scratch) = (folder + "/file", folder + "/.file.part")
        func run() throws -> Program.Result {
            command == "init"
                ? try Program.run(["init", "--data", folder + "/data", "--secret-out", file])
                : try ledger.run("log", "export", "--out", file)
        }
        // Somebody's.
        try Data("mine".utf8).write(to: URL(fileURLWithPath: file))
        for hasLeftover in [false, true] {
            if hasLeftover { try Data("left".utf8).write(to: URL(fileURLWithPath: scratch)) }
            let refused = try run()
            #expect(refused.code == 2 && refused.error.contains("exists already"), "\(refused.error)")
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine")
        }
        // Left before, and after, it got its name.
        try FileManager.default.removeItem(atPath: file)
        for isNamed in [false, true] {
            try? FileManager.default.removeItem(atPath: folder + "/data")
            try? FileManager.default.removeItem(atPath: file)
            try Data("left".utf8).write(to: URL(fileURLWithPath: scratch))
            if isNamed { try FileManager.default.linkItem(atPath: scratch, toPath: file) }
            let made = try run()
            #expect(made.code == 0, "\(made.error)")
            #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix(command == "init" ? "lhql_live_" : "{\"bundle\""))
            #expect(!FileManager.default.fileExists(atPath: scratch))
        }
    }

    @Test func aKeysLife() throws {
        let ledger = try TemporaryLedger()
        let created = try ledger.run(
            "keys", "create", "--name", "Property Sync", "--account", "acme", "--scope", "listings:read", "--metadata", "team=data",
            "--expires", "30d", "--json")
        #expect(created.code == 0)
        let fields: Set = [
            "id", "accountId", "name", "environment", "status", "hint", "secret", "scopes", "permissions", "metadata", "createdAt",
            "expiresAt", "position",
        ]
        #expect(fields.isSubset(of: Set(created.object.keys)))
        let id = try #require(created.object["id"] as? String)
        let secret = try #require(created.object["secret"] as? String)
        #expect(created.object["status"] as? String == "active")
        #expect(created.object["accountId"] as? String == "acme")
        #expect(created.object["metadata"] as? [String: String] == ["team": "data"])

        let valid = try ledger.verify(secret, "--scope", "listings:read")
        #expect(valid.code == 0)
        #expect(valid.object["valid"] as? Bool == true)
        #expect(valid.object["keyId"] as? String == id)
        #expect(valid.object["name"] as? String == "Property Sync")
        #expect(try ledger.verify(secret, "--dry-run").code == 0)
        let narrow = try ledger.verify(secret, "--scope", "listings:write")
        #expect(narrow.code == 1)
        #expect(narrow.object["code"] as? String == "INSUFFICIENT_SCOPE")

        let listed = try #require(try ledger.run("keys", "list", "--json").objects.first { $0["id"] as? String == id })
        #expect(listed["usageCount"] as? Int == 1)
        #expect((listed["lastUsedAt"] as? String)?.hasSuffix("Z") == true)

        #expect(try ledger.run("keys", "disable", id, "--json").object["status"] as? String == "disabled")
        #expect(try ledger.verify(secret).object["code"] as? String == "DISABLED")
        #expect(try ledger.run("keys", "enable", id, "--json").object["status"] as? String == "active")
        #expect(try ledger.run("keys", "rename", id, "CRM", "--json").object["name"] as? String == "CRM")
        #expect(try ledger.run("keys", "change", id, "--scope", "listings:*", "--expires", "never", "--json").object["expiresAt"] is NSNull)
        #expect(try ledger.verify(secret, "--scope", "listings:write").code == 0)

        let revoked = try ledger.run("keys", "revoke", id, "--reason", "leaked", "--json")
        #expect(revoked.code == 0)
        #expect(revoked.object["status"] as? String == "revoked")
        #expect(revoked.object["changed"] as? Bool == true)
        let again = try ledger.run("keys", "revoke", id, "--json")
        #expect(again.code == 0)
        #expect(again.object["changed"] as? Bool == false)
        #expect(again.object["position"] as? Int == revoked.object["position"] as? Int)
        #expect(again.error.contains("already"))
        #expect(try ledger.verify(secret).object["code"] as? String == "REVOKED")
        #expect(try ledger.run("keys", "rename", id, "late").code == 1)

        let types = try ledger.run("log", "show", "--key", id, "--json").lines.compactMap { $0["type"] as? String }
        #expect(
            types == [
                "KeyCreated", "KeyUsed", "KeyRefused", "KeyDisabled", "KeyRefused", "KeyEnabled", "KeyChanged", "KeyChanged", "KeyUsed",
                "KeyRevoked", "KeyRefused",
            ])
        let positions = try ledger.events.compactMap { $0["position"] as? Int }
        #expect(positions == Array(0..<positions.count))
        for event in try ledger.events {
            #expect(event["occurredAt"] != nil && event["commandId"] is NSNull)
            if let personal = event["personal"] as? [String: Any] { #expect(personal.count == 10) }
            if event["type"] as? String == "KeyUsed" { #expect(event["firstAt"] is NSNull && event["internal"] as? Bool == false) }
        }
        let page = try ledger.run("log", "show", "--from", "2", "--limit", "3", "--json").lines
        #expect(page.compactMap { $0["position"] as? Int } == [2, 3, 4])
    }

    /// The secrets of a key that has ended are accepted no more, and no answer says that they were in force.
    @Test func aSecretEndsWithItsKey() throws {
        let ledger = try TemporaryLedger()
        let (id, _) = try ledger.key()
        func statuses() throws -> [String?] {
            let secrets = try ledger.run("keys", "show", id, "--json").object["secrets"] as? [[String: Any]] ?? []
            return secrets.map { $0["status"] as? String }
        }
        #expect(try statuses() == ["active"])
        _ = try ledger.run("keys", "disable", id)
        #expect(try statuses() == ["active"])
        _ = try ledger.run("keys", "revoke", id)
        #expect(try Set(statuses()) == ["retired"])
        let shown = try ledger.run("keys", "show", id).output
        #expect(shown.contains("ended with the key") && !shown.contains("  active"), "\(shown)")
        // Before its end it was in force.
        let position = try #require(try ledger.events.first { $0["type"] as? String == "KeyCreated" && $0["keyId"] as? String == id })
        let past = try ledger.run("keys", "show", id, "--at", "\(position["position"] as? Int ?? -1)").output
        #expect(past.contains("  active  not used"), "\(past)")
    }

    @Test func theSecretIsNowhereButInTheAnswer() throws {
        let ledger = try TemporaryLedger()
        let (id, secret) = try ledger.key()
        _ = try ledger.verify(secret)
        for arguments in [["keys", "list"], ["keys", "show", id], ["log", "show"], ["usage"], ["doctor"]] {
            for json in [[], ["--json"]] {
                let result = try Program.run(arguments + json + ["--data", ledger.path])
                #expect(!(result.output + result.error).contains(secret.suffix(40)))
            }
        }
        for (name, data) in ledger.contents { #expect(data.range(of: Data(secret.utf8.suffix(40))) == nil, "\(name)") }
    }

    @Test func aCommandIDMakesACommandHappenOnce() throws {
        let ledger = try TemporaryLedger()
        let first = try ledger.run("keys", "create", "--name", "x", "--command-id", "c1", "--json").object
        let second = try ledger.run("keys", "create", "--name", "x", "--command-id", "c1", "--json").object
        #expect(first["id"] as? String == second["id"] as? String)
        #expect(first["secret"] is String)
        #expect(second["secret"] is NSNull)
        let again = try ledger.run("keys", "create", "--name", "x", "--command-id", "c1", "--json")
        #expect(again.error.contains("rotate") && again.object["message"] is String)
        #expect(first["message"] is NSNull)
        #expect(try ledger.run("keys", "create", "--name", "y", "--command-id", "c1", "--json").code == 2)
        #expect(try ledger.events.count == 2)
    }

    @Test func aDurationIsTheSameWhenACommandComesAgain() throws {
        let ledger = try TemporaryLedger()
        let create = ["keys", "create", "--name", "x", "--expires", "30d", "--command-id", "c1", "--json", "--data", ledger.path]
        let first = try Program.run(create).object
        let id = try #require(first["id"] as? String)
        let change = ["keys", "change", id, "--expires", "60d", "--command-id", "c2", "--json", "--data", ledger.path]
        let changed = try Program.run(change).object
        Thread.sleep(forTimeInterval: 1.1)
        #expect(try Program.run(create).object["expiresAt"] as? String == first["expiresAt"] as? String)
        #expect(try Program.run(change).object["expiresAt"] as? String == changed["expiresAt"] as? String)
        #expect(first["expiresAt"] is String && changed["expiresAt"] as? String != first["expiresAt"] as? String)
        #expect(try ledger.run("keys", "change", id, "--expires", "61d", "--command-id", "c2").code == 2)
        #expect(try ledger.run("keys", "change", id, "--expires", "never", "--json").object["expiresAt"] is NSNull)
    }

    @Test func anAccountWithoutKeysIsNotALedgerWithout() throws {
        let ledger = try TemporaryLedger()
        #expect(!(try ledger.run("keys", "list", "--account", "nosuch").output.contains("keys create")))
    }

    @Test func replayRebuildsAndChecks() throws {
        let ledger = try TemporaryLedger()
        let (_, secret) = try ledger.key()
        for _ in 0..<3 { _ = try ledger.verify(secret) }
        let before = try ledger.run("keys", "list", "--json").output
        let rebuilt = try ledger.run("replay", "--json")
        #expect(rebuilt.code == 0)
        #expect(rebuilt.object["position"] as? Int == 4)
        #expect(rebuilt.object["events"] as? Int == 5)
        #expect(try ledger.run("keys", "list", "--json").output == before)
        try FileManager.default.removeItem(atPath: ledger.path + "/views")
        #expect(try ledger.run("keys", "list", "--json").output == before)
        let checked = try ledger.run("replay", "--check", "--json")
        #expect(checked.code == 0)
        #expect((checked.object["differences"] as? [Any])?.isEmpty == true)
    }

    @Test func anErasedAccountCannotBeRead() throws {
        let ledger = try TemporaryLedger()
        let (id, secret) = try ledger.key("--account", "acme", "--metadata", "who=Jane", name: "Jane Doe")
        _ = try ledger.key("--account", "other", name: "Someone Else")
        #expect(try ledger.run("accounts", "erase", "acme").code == 2)
        let erased = try ledger.run("accounts", "erase", "acme", "--yes", "--json")
        #expect(erased.code == 0 && erased.object["accountId"] as? String == "acme" && erased.object["erased"] as? Bool == true)
        #expect(try ledger.run("accounts", "erase", "acme", "--yes", "--json").object["erased"] as? Bool == false)
        #expect(try ledger.run("keys", "list").output.contains("(unreadable)"))
        for _ in 0..<2 {
            let everything = try ledger.run("log", "show", "--json").output + ledger.run("keys", "list", "--json").output
            #expect(!everything.contains("Jane"))
            #expect(everything.contains("Someone Else"))
            #expect(try ledger.verify(secret).object["valid"] as? Bool == true)
            #expect(try ledger.run("replay").code == 0)
        }
        for (name, data) in ledger.contents { #expect(data.range(of: Data("Jane".utf8)) == nil, "\(name)") }
        #expect(try ledger.run("replay", "--check").code == 0)
        #expect(try ledger.run("keys", "revoke", id).code == 0)
        #expect(try ledger.run("doctor").code == 0)
    }
}
