import Foundation
import TestSupport
import Testing

@testable import keyledger

/// Tables fit the terminal; what there is no room for is seen to be missing, and is there when it is asked for.
@Suite struct TextTableTests {
    private static let id = "key_0193a7b2c4d5e6f708192a3b4c5d6e7f"

    private static func table(_ name: String = "short") -> TextTable {
        var table = TextTable([
            .init(title: "ID"), .init(title: "NAME", minWidth: 8), .init(title: "STATUS", leaves: 2), .init(title: "HINT", leaves: 1),
        ])
        table.add([id, name, "active", "lhql_…abcd"])
        return table
    }

    @Test func isAsWideAsItNeedsToBe() {
        let lines = Self.table().lines(width: nil)
        #expect(lines == ["ID" + String(repeating: " ", count: 36) + "NAME   STATUS  HINT", "\(Self.id)  short  active  lhql_…abcd"])
        #expect(Self.table().lines(width: 63) == lines)
    }

    @Test(arguments: [
        "", "short", String(repeating: "x", count: 300), String(repeating: "漢字", count: 60), "🔑 鍵 שלום e\u{301} क्षनि 👩‍👩‍👧",
        String(repeating: "word ", count: 50),
    ])
    func fitsAndKeepsIDsWhole(_ name: String) {
        for width in 20...300 {
            let lines = Self.table(name).lines(width: width)
            for line in lines { #expect(DisplayWidth.of(line) <= width, "\(width): \(line)") }
            // Broken over lines where the terminal has no room for an id below its title; never cut.
            let text = lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: width < 40 ? "" : "\n")
            #expect(text.contains(Self.id), "\(width): \(lines)")
        }
    }

    @Test func shortensThenLeavesOutThenPutsFieldsBelowEachOther() {
        let name = "Property synchronisation"
        // 36 for the id, 6 and 10 for what is whole, and 3 gaps.
        let shortened = Self.table(name).lines(width: 36 + 8 + 6 + 10 + 6)
        #expect(shortened.count == 2 && shortened[1] == "\(Self.id)  Propert…  active  lhql_…abcd")
        let fewer = Self.table(name).lines(width: 36 + 8 + 6 + 10 + 5)
        #expect(fewer[1] == "\(Self.id)  Property synchroni…  active")
        #expect(fewer.dropFirst(2).joined(separator: " ") == "Left out for want of room: HINT. All of it: --wide, or --json.")
        let records = Self.table(name).lines(width: 45)
        #expect(records == ["ID      \(Self.id)", "NAME    \(name)", "STATUS  active", "HINT    lhql_…abcd"])
        // Whatever the width, all of a row is there when nothing is fitted to it.
        #expect(Self.table(name).lines(width: nil)[1].contains(name))
    }

    @Test func wideCharactersShiftNoColumn() {
        var table = TextTable([.init(title: "NAME"), .init(title: "USES")])
        for name in ["abcdef", "漢字漢", "e\u{301}e\u{301}cdef", "한국인", "🔑🔑🔑", "\u{1F321}bcdef"] { table.add([name, "7"]) }
        for line in table.lines(width: nil).dropFirst() {
            #expect(DisplayWidth.of(line) == 9 && line.hasSuffix("  7"), "\(line)")
        }
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("漢字", 4), ("ｶﾅ", 2), ("한", 2), ("\u{1112}\u{1161}\u{11AB}", 2), ("e\u{301}", 1), ("🔑", 2), ("👩‍👩‍👧", 2), ("🇩🇪", 2),
        ("\u{1F321}", 1), ("क्षनि", 4), ("\u{2068}שלום\u{2069}", 4), ("…", 1),
    ])
    func widths(_ text: String, _ columns: Int) {
        #expect(DisplayWidth.of(text) == columns)
    }

    @Test func whatIsShortenedSaysSoAndStaysIsolated() {
        #expect(DisplayWidth.shortened("abcdef", to: 6) == "abcdef" && DisplayWidth.shortened("abcdef", to: 5) == "abcd…")
        #expect(DisplayWidth.shortened("漢字漢", to: 5) == "漢字…" && DisplayWidth.shortened("漢字漢", to: 4) == "漢…")
        #expect(DisplayWidth.shortened("\u{2068}שלום\u{2069}", to: 3) == "\u{2068}של…\u{2069}")
    }

    @Test func commandsFitTheirTablesUnlessTheyAreAskedNotTo() throws {
        let ledger = try TemporaryLedger()
        let name = String(repeating: "Property Sync 日本 ", count: 8) + "end"
        let (id, secret) = try ledger.key("--account", "acme-hotels-and-resorts", "--expires", "2099-12-31", name: name)
        #expect(try ledger.verify(secret).code == 0)
        for command in [["keys", "list"], ["usage"], ["usage", id, "--per", "day"], ["audit", "leak"]] {
            for columns in [40, 80, 120] {
                let fitted = try Program.run(
                    command + ["--data", ledger.path], input: secret + "\n", environment: ["COLUMNS": "\(columns)"])
                #expect(fitted.code == 0, "\(fitted.error)")
                // The sentence above the use of one key is no table.
                let lines = fitted.output.split(separator: "\n").dropFirst(command.contains("--per") ? 1 : 0)
                for line in lines where !line.hasPrefix("keyledger ") {
                    #expect(DisplayWidth.of(line) <= columns, "\(command) in \(columns): \(line)")
                }
            }
        }
        for command in [["keys", "list"], ["usage"]] {
            func output(_ arguments: [String], _ columns: String?) throws -> String {
                try Program.run(command + arguments + ["--data", ledger.path], environment: columns.map { ["COLUMNS": $0] } ?? [:]).output
            }
            let (fitted, wide, piped) = (try output([], "80"), try output(["--wide"], "80"), try output([], nil))
            #expect(fitted.contains(id) && !fitted.contains(name) && fitted.contains("…") && fitted.contains("--wide"), "\(fitted)")
            #expect(wide == piped && wide.contains(id) && wide.contains(name), "\(wide)")
            // The zone stands in the headings, once for each column, and no cell repeats it.
            #expect(piped.split(separator: "\n").first?.contains("LAST USED (UTC)") == true, "\(piped)")
            #expect(!piped.split(separator: "\n").dropFirst().joined(separator: " ").contains("UTC"))
        }
        #expect(try ledger.run("usage", id).output.contains(" UTC; 0 refusals"))
    }
}
