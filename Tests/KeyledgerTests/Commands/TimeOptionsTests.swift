import Foundation
import Testing

/// Every option that takes a time takes a date too, and all read both alike.
@Suite struct TimeOptionsTests {
    /// Returns a day in UTC by the program's clock.
    private static func day(_ offset: Double = 0) -> String {
        String(ISO8601DateFormatter().string(from: Date().addingTimeInterval(offset * 86_400)).prefix(10))
    }

    @Test func anExpiryIsReadAlikeByBothCommands() throws {
        let ledger = try TemporaryLedger()
        let (id, _) = try ledger.key()
        for (text, end) in [
            ("never", nil), ("2099-12-31", "2099-12-31T23:59:59.000000Z"), ("9999-12-31", "9999-12-31T23:59:59.000000Z"),
            ("2098-01-01T00:00:00Z", "2098-01-01T00:00:00.000000Z"), ("2098-01-01T01:00:00.5+01:00", "2098-01-01T00:00:00.500000Z"),
        ] as [(String, String?)] {
            let made = try ledger.run("keys", "create", "--name", "x", "--expires", text, "--json")
            let changed = try ledger.run("keys", "change", id, "--expires", text, "--json")
            for result in [made, changed] {
                #expect(result.code == 0, "\(text): \(result.error)")
                #expect(result.object["expiresAt"] as? String == end, "\(text): \(result.output)")
            }
        }
        // What a date was taken for is said.
        let words = "It expires at the end of 2097-06-30 in UTC: 2097-06-30T23:59:59.000000Z."
        #expect(try ledger.run("keys", "create", "--name", "x", "--expires", "2097-06-30").output.contains(words))
        #expect(try ledger.run("keys", "change", id, "--expires", "2097-06-30").output.contains(words))
        #expect(!(try ledger.run("keys", "change", id, "--expires", "2097-06-30T00:00:00Z").output.contains("It expires")))
        // Today is not over.
        #expect(try ledger.run("keys", "create", "--name", "x", "--expires", Self.day(1)).code == 0)
        #expect(try ledger.run("keys", "create", "--name", "x", "--expires", Self.day(-2)).code == 2)
        for text in ["2099-02-30", "2099-1-1", "Never", "2099", "0d"] {
            for command in [["keys", "create", "--name", "x"], ["keys", "change", id]] {
                let refused = try Program.run(command + ["--expires", text, "--data", ledger.path])
                #expect(refused.code == 2 && refused.error.contains("--expires is no time"), "\(text): \(refused.error)")
            }
        }
    }

    /// A day that begins something is meant from its beginning, one that ends something to its end; one that is not over, until now.
    @Test func placesInTheLogAreReadAlike() throws {
        let ledger = try TemporaryLedger()
        let (id, secret) = try ledger.key()
        #expect(try ledger.verify(secret).code == 0)
        // The log is of today, or, where midnight comes in between, of yesterday.
        let (start, end, later) = (Self.day(-1), Self.day(), Self.day(3))
        func positions(_ arguments: String...) throws -> [Int] {
            let result = try Program.run(["log", "export", "--format", "jsonl", "--data", ledger.path] + arguments)
            #expect(result.code == 0, "\(result.error)")
            return result.lines.compactMap { $0["position"] as? Int }
        }
        #expect(try positions("--from", start, "--to", end).prefix(3) == [0, 1, 2])
        #expect(try positions("--to", Self.day(-3)).isEmpty)
        for command in [["log", "export"], ["log", "show"], ["log", "follow"], ["usage"]] {
            let refused = try Program.run(command + ["--from", later, "--data", ledger.path])
            #expect(
                refused.code == 2 && refused.output.isEmpty && refused.error.contains("--from lies in the future"),
                "\(command): \(refused.error)")
        }
        #expect(try ledger.run("log", "show", "--from", start, "--json").lines.count >= 3)
        // A start beyond the end of the log is a mistake, but for the place of the next record.
        let last = try #require(ledger.events.last?["position"] as? Int)
        for command in [["log", "export", "--format", "jsonl"], ["log", "show"], ["log", "follow"]] {
            let refused = try Program.run(command + ["--from", "99999", "--data", ledger.path])
            #expect(
                refused.code == 2 && refused.output.isEmpty
                    && refused.error.contains("--from is position 99999, and the last record stands at"),
                "\(command): \(refused.error)")
        }
        #expect(try ledger.run("log", "show", "--from", "\(last)", "--json").lines.count >= 1)
        #expect(try ledger.run("keys", "list", "--at", end, "--json").objects.count == 2)
        #expect(try ledger.run("keys", "show", id, "--at", end, "--json").object["usageCount"] as? Int == 1)
        #expect(try ledger.verify(secret, "--at", end).code == 0)
        #expect(try ledger.run("usage", id, "--from", start, "--to", end, "--json").object["usageCount"] as? Int == 1)
        #expect(try ledger.run("usage", id, "--per", "day", "--from", start, "--to", end, "--json").object["usageCount"] as? Int == 1)
        #expect(try ledger.run("audit", "leak", "--since", start, input: secret + "\n").output.contains("Accepted 1 times"))
        // A day to come is no past; what is no day is nothing.
        #expect(try ledger.run("keys", "list", "--at", later).error.contains("--at lies in the future"))
        for command in [["keys", "list", "--at"], ["log", "show", "--from"], ["log", "export", "--to"], ["usage", "--from"]] {
            let refused = try Program.run(command + ["2026-02-30", "--data", ledger.path])
            #expect(refused.code == 2 && refused.error.contains("a date such as"), "\(command): \(refused.error)")
        }
    }

    @Test(arguments: [
        ["keys", "create"], ["keys", "change"], ["keys", "list"], ["keys", "show"], ["verify"], ["usage"], ["log", "show"],
        ["log", "follow"],
        ["log", "export"], ["audit", "leak"],
    ])
    func helpSaysSo(_ command: [String]) throws {
        // Folded by the parser.
        let help = try Program.run(command + ["--help"]).output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(help.contains("date (UTC)") || help.contains("end of that day in UTC"), "\(help)")
    }
}
