import Foundation
import KeyEvents
import Ledger
import LedgerQueries
import TestSupport
import Testing
import Validation

@testable import Dashboard

/// The parts of an open page are renewed together, by the same records, and only where something has changed.
@Suite struct LivePartsTests {
    private static let base = Dashboard.base

    private static func text(_ pattern: some RegexComponent<(Substring, Substring)>, in page: String) -> String? {
        page.firstMatch(of: pattern).map { String($0.output.1) }
    }

    private static func mark(_ page: String) throws -> String { try #require(text(/data-live-mark="([^"]*)"/, in: page)) }

    /// Reads a figure as pages write it.
    private static func number(_ text: Substring) -> Int { Int(text.replacing(",", with: "")) ?? -1 }

    /// Everything on the page of a key that counts uses or refusals.
    private struct Figures: Equatable {
        var count: String?
        var refused: String?
        var chart: String?
        var table: [Int]
        var reasons: Int
        var rows: Int

        init(_ page: String) {
            count = LivePartsTests.text(/data-live="count">([^<]*)</, in: page)
            refused = LivePartsTests.text(/data-live="refused">([^<]*)</, in: page)
            chart = LivePartsTests.text(/<p class="panel-text">([^<]* in the last 30 days[^<]*)</, in: page)
            table = page.matches(of: /<th scope="row">[^<]*<\/th><td class="number">([\d,]+)<\/td><td class="number">([\d,]+)<\/td>/)
                .reduce(
                    into: [0, 0]) {
                    $0[0] += LivePartsTests.number($1.output.1)
                    $0[1] += LivePartsTests.number($1.output.2)
                }
            reasons = page.matches(of: /data-label="Times">([\d,]+)</).reduce(0) { $0 + LivePartsTests.number($1.output.1) }
            rows = page.matches(of: /outcome outcome-(?:accepted|refused)"/).count
        }
    }

    @Test func allFiguresOfAKeysPageMoveTogether() async throws {
        try await Site.run { site in
            let key = try await site.key("Mews")
            let anna = try site.visitor("acme")
            let page = try await anna.get(Self.base + "/keys/\(key.id)").text
            let live = try #require(Self.text(/data-live-path="([^"]*)"/, in: page))
            func renewed(_ mark: String) async throws -> Browser.Page { try await anna.get(live + "?status=active&mark=" + mark) }
            var mark = try Self.mark(page)
            #expect(try await renewed(mark).status == 204)
            for _ in 0..<3 {
                _ = try await site.ledger.verifier.verify(
                    key.secret, context: UseContext(clientAddress: "192.0.2.7"), actor: .commandLine)
            }
            let used = try await renewed(mark)
            #expect(used.status == 200 && Figures(used.text).count == "3" && Figures(used.text).rows == 3)
            #expect(Figures(used.text).chart == "3 uses and 0 refusals in the last 30 days (UTC)." && Figures(used.text).table == [3, 0])
            #expect(used.text.contains("from <bdi>192.0.2.7</bdi>"))
            mark = try Self.mark(used.text)
            #expect(try await renewed(mark).status == 204)
            // A change of anything on the page is one.
            _ = try await site.ledger.commands.changeKey(key.id, KeyChange(name: "Guesty", scopes: ["listings:read"]), by: .commandLine)
            let changed = try await renewed(mark)
            #expect(changed.text.contains("<h1 dir=\"auto\">Guesty</h1>") && changed.text.contains("<code>listings:read</code>"))
            mark = try Self.mark(changed.text)
            site.advance(seconds: 3600)
            #expect(try await renewed(mark).status == 200)
            // Each part that the open page has is renewed; forms are no parts.
            func parts(_ page: String) -> Set<String> { Set(page.matches(of: /data-part="([^"]*)"/).map { String($0.output.1) }) }
            #expect(parts(changed.text).union(["banner"]) == parts(page))
            #expect(parts(page) == ["banner", "title", "count", "used", "refused", "end", "columns", "refusals", "requests", "history"])
        }
    }

    /// An older page of the history is not replaced by the newest one.
    @Test func anOlderPageOfTheHistoryStays() async throws {
        try await Site.run { site in
            let key = try await site.key("n0")
            for number in 1...50 { _ = try await site.ledger.commands.changeKey(key.id, KeyChange(name: "n\(number)"), by: .commandLine) }
            let anna = try site.visitor("acme")
            let path = Self.base + "/keys/\(key.id)"
            let older = try #require(Self.text(/href="([^"]*before=[^"]*)">Older/, in: try await anna.get(path).text))
            let page = try await anna.get(older).text
            let live = try #require(Self.text(/data-live-path="([^"]*)"/, in: page)).replacing("&amp;", with: "&")
            func titles(_ page: String) -> [String] { page.matches(of: /event-title">([^<]*)</).map { String($0.output.1) } }
            #expect(try await titles(anna.get(live + "&mark=earlier&status=active").text) == titles(page))
        }
    }

    /// However fast uses come in, no two figures of one page contradict each other.
    @Test func figuresAgreeWhileTheyMove() async throws {
        try await Site.run { site in
            let key = try await site.key("busy")
            let anna = try site.visitor("acme")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        while !Task.isCancelled { _ = try await site.ledger.verifier.verify(key.secret, actor: .commandLine) }
                    }
                }
                for _ in 0..<30 {
                    let figures = Figures(try await anna.get(Self.base + "/keys/\(key.id)").text)
                    let count = Int(figures.count?.replacing(",", with: "") ?? "") ?? -1
                    #expect(figures.table == [count, 0] || count == 0 && figures.table == [0, 0])
                    #expect(figures.rows == min(count, 8))
                    if count > 0 { #expect(figures.chart?.hasPrefix(Format.count(count, "use") + " and") == true) }
                }
                group.cancelAll()
            }
        }
    }

    /// The rows of a list are those that the page would show, with the counts of its statuses.
    @Test func theRowsOfAListAreRenewed() async throws {
        try await Site.run { site in
            let (key, other) = (try await site.key("Mews"), try await site.key("Other"))
            let anna = try site.visitor("acme")
            let page = try await anna.get(Self.base).text
            let live = try #require(Self.text(/data-live-path="([^"]*)"/, in: page)).replacing("&amp;", with: "&")
            func rows(_ page: String) -> [String] {
                page.matches(of: /<tr role="row" id="[\s\S]*?<\/tr>/).map { String($0.output) }
            }
            let path = live + "&ids=\(other.id),\(key.id)"
            #expect(try await rows(anna.get(path).text).sorted() == rows(page).sorted())
            _ = try await site.ledger.verifier.verify(key.secret, context: UseContext(clientAddress: "192.0.2.7"), actor: .commandLine)
            _ = try await site.ledger.commands.revokeKey(other.id, by: .commandLine)
            let renewed = try await anna.get(path).text
            #expect(renewed.contains("from <bdi>192.0.2.7</bdi>") && renewed.contains("<span data-live=\"count\">1</span>"))
            #expect(renewed.contains("is-revoked") && renewed.contains("Revoked <span class=\"statuses-count\">1</span>"))
            // It prolongs no session, and takes no notice.
            #expect(try await site.stranger.get(path).status == 401)
        }
    }
}
