import Foundation
import Testing

@Suite struct UsageTests {
    /// Where the views cannot be written, the figures are those of before, and say so.
    @Test func figuresThatAreNotUpToDateSaySo() throws {
        let ledger = try TemporaryLedger()
        let (id, secret) = try ledger.key()
        #expect(try ledger.verify(secret).code == 0)
        let before = try ledger.run("usage", id)
        #expect(before.output.contains("1 uses") && !before.output.contains("up to date"), "\(before.output)")
        #expect(try ledger.verify(secret).code == 0)
        let end = try #require(ledger.events.last?["position"] as? Int)
        // No file may become longer than 1 KiB, which is enough for what is shown.
        let shown = try ledger.run("usage", id, through: ["bash", "-c", "ulimit -f 1; exec \"$@\"", "bash"])
        let line = shown.output.split(separator: "\n").dropFirst().first.map(String.init) ?? ""
        let prefix = "  not up to date: counted from the beginning to before position "
        #expect(shown.output.contains("1 uses") && line.hasPrefix(prefix), "\(shown)")
        #expect(Int(line.dropFirst(prefix.count)).map { $0 <= end } == true, "\(shown)")
        // So do all others that show figures.
        for command in [["usage"], ["keys", "list"], ["keys", "show", id]] {
            let text = try Program.run(
                command + ["--data", ledger.path], environment: ["COLUMNS": "200"],
                through: ["bash", "-c", "ulimit -f 2; exec \"$@\"", "bash"])
            #expect(text.code == 0 && text.output.contains(" not up to date: counted from the beginning to before position "), "\(text)")
        }
        #expect(try ledger.run("usage", id).output.contains("2 uses"))
    }
}
