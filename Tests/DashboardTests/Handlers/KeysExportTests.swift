import HTTPTypes
import KeyEvents
import Ledger
import LedgerQueries
import TestSupport
import Testing

@testable import Dashboard

/// The list of keys as CSV.
@Suite struct KeysExportTests {
    private static let base = Dashboard.base
    private static let head =
        "\u{FEFF}Name,Status,Created,Expires,Last Used,Usage Count,Hint,Environment,Scopes,Key ID,Account\r\n"

    @Test func theFileHoldsWhatTheListShows() async throws {
        try await Site.run { site in
            for number in 0..<60 {
                try await KeysPageTests.make(site, "Key \(number)", metadata: number % 10 == 5 ? ["team": "special"] : [:])
            }
            let revoked = try await site.key("Gone")
            _ = try await site.ledger.commands.revokeKey(revoked.id, by: .commandLine)
            try await KeysPageTests.make(site, "Foreign", account: "other")
            let used = try await site.key("Used, \"twice\"", expiresIn: 86_400)
            _ = try await site.ledger.verifier.verify(used.secret, actor: .commandLine)
            let anna = try site.visitor("acme")
            let file = try await anna.get(Self.base + "/keys.csv")
            #expect(file.status == 200 && file.headers[.contentType] == "text/csv; charset=utf-8; header=present")
            #expect(file.headers[.contentDisposition] == "attachment; filename=\"api-keys-2027-01-15.csv\"")
            #expect(file.headers[.cacheControl] == "no-store")
            #expect(file.text.hasPrefix(Self.head))
            let rows = file.text.split(separator: "\r\n")
            #expect(rows.count == 62 && !file.text.contains("Gone") && !file.text.contains("Foreign"))
            let hint = try #require(try site.ledger.key(used.id)).hint
            #expect(
                rows.contains(
                    "\"Used, \"\"twice\"\"\",Active,2027-01-15T08:00:00.000000Z,2027-01-16T08:00:00.000000Z,"
                        + "2027-01-15T08:00:00.000000Z,1,\(hint),live,,\(used.id),acme"))
            #expect(!file.text.contains(used.secret))
            // The search, the filters and the order are those of the list; its page is not.
            let some = try await anna.get(Self.base + "/keys.csv?q=special+key&status=all&sort=name&order=desc&page=2")
            let names = some.text.split(separator: "\r\n").dropFirst().map { String($0.prefix { $0 != "," }) }
            #expect(names == ["Key 55", "Key 5", "Key 45", "Key 35", "Key 25", "Key 15"])
            #expect(try await anna.get(Self.base + "/keys.csv?q=none").text == Self.head)
            #expect(try await site.stranger.get(Self.base + "/keys.csv").status == 303)
            let preview = try await anna.get(Self.base + "/export?q=key&status=all&sort=name&order=asc")
            #expect(preview.text.contains("60 keys, 11 columns.") && preview.text.contains("And 55 more rows."))
            #expect(preview.text.contains("href=\"\(Self.base)/keys.csv?q=key&amp;status=all&amp;sort=name&amp;order=asc\""))
        }
    }

    @Test func namesAreNoFormulas() async throws {
        try await Site.run { site in
            for name in ["=1+1", "@SUM(A1)", "'quoted", "two\"\u{301} marks,"] { try await KeysPageTests.make(site, name) }
            let file = try await site.visitor("acme").get(Self.base + "/keys.csv?sort=name&order=asc")
            let rows = file.text.split(separator: "\r\n").dropFirst()
            for start in ["'=1+1,", "'@SUM(A1),", "''quoted,", "\"two\"\"\u{301} marks,\","] {
                #expect(rows.contains { $0.utf8.starts(with: start.utf8) }, "\(start)")
            }
        }
    }

    @Test(.timeLimit(.minutes(15))) func anOperatorsReadingIsRecorded() async throws {
        try await Site.run { site in
            try await KeysPageTests.make(site, "Foreign", account: "other")
            let file = try await site.signedIn(.link).get(Self.base + "/keys.csv?account=other")
            #expect(file.text.contains("Foreign"))
            // It is written beside the answer.
            var readings: Set<AccountID> = []
            await waitUntil {
                try site.ledger.events.events(from: 0, limit: .max) { _, event, _ in
                    if case .logRead(let reading) = event.body, let account = reading.account { readings.insert(account) }
                }
                return !readings.isEmpty
            }
            #expect(readings.map(\.description) == ["other"])
        }
    }
}
