import APITestSupport
import Foundation
import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("GET /v1/usage")
struct UsageTests {
    private static func use(_ service: Service, _ key: Service.Key, _ count: Int) async throws {
        for _ in 0..<count { _ = try await service.call(.post, "/v1/verify", "{\"key\":\"\(key.secret)\"}") }
    }

    @Test("One key: in all, and by hour or day")
    func oneKey() async throws {
        try await Service.run { service in
            let key = try await service.key("k")
            try await Self.use(service, key, 3)
            service.clock.advance(seconds: 86_400)
            try await Self.use(service, key, 2)
            for (query, per) in [("", "day"), ("&per=day", "day"), ("&per=hour", "hour")] {
                let answer = try await service.call(.get, "/v1/usage?keyId=\(key.id)\(query)")
                #expect(answer["usageCount"]?.whole == 5)
                #expect(answer["per"]?.string == per)
                #expect((answer["buckets"]?.elements ?? []).compactMap { $0["uses"]?.whole } == [3, 2])
            }
            let now = service.ledger.time.now
            let today = try await service.call(.get, "/v1/usage?keyId=\(key.id)&from=\(now.adding(seconds: -3600))&per=hour")
            #expect((today["buckets"]?.elements ?? []).compactMap { $0["uses"]?.whole } == [2])
            let earlier = try await service.call(.get, "/v1/usage?keyId=\(key.id)&to=\(now.adding(seconds: -80_000))&per=hour")
            #expect((earlier["buckets"]?.elements ?? []).compactMap { $0["uses"]?.whole } == [3])
        }
    }

    @Test("Refusals by code")
    func refusals() async throws {
        try await Service.run { service in
            let key = try await service.key(scopes: ["a"])
            try await service.disable(key)
            try await Self.use(service, key, 4)
            service.clock.advance(seconds: 2)
            // The window of refusals closes before the next event of the key.
            try await service.revoke(key)
            let answer = try await service.call(.get, "/v1/usage?keyId=\(key.id)")
            #expect(answer["refusedCount"]?.whole == 4)
            #expect(answer["refusals"]?["DISABLED"]?.whole == 4)
            #expect(answer["lastRefusedAt"]?.string != nil)
        }
    }

    @Test("All keys, in pages, without buckets")
    func allKeys() async throws {
        try await Service.run { service in
            let keys = try await (0..<3).asyncMap { try await service.key("k\($0)", account: "a") }
            for (index, key) in keys.enumerated() { try await Self.use(service, key, index) }
            var counts: [UInt64] = []
            var cursor = ""
            repeat {
                let answer = try await service.call(.get, "/v1/usage?account=a&limit=2\(cursor)")
                for usage in answer["data"]?.elements ?? [] {
                    counts.append(usage["usageCount"]?.whole ?? 99)
                    #expect(usage["per"] == .null && usage["buckets"] == .null)
                }
                cursor = answer["nextCursor"]?.string.map { "&cursor=" + $0 } ?? ""
            } while !cursor.isEmpty
            #expect(counts.sorted() == [0, 1, 2])
        }
    }

    @Test("Defaults that are sent count as left out, for one key and for all")
    func defaults() async throws {
        try await Service.run { service in
            let key = try await service.key("k", account: "a")
            try await Self.use(service, key, 2)
            let defaults = "per=day&limit=100&order=asc"
            let to = service.ledger.time.now
            for query in ["account=a", "keyId=\(key.id)", "keyId=\(key.id)&per=total&to=\(to)"] {
                let more = query.contains("per=") ? "limit=100&order=asc" : defaults
                let answer = try await service.call(.get, "/v1/usage?\(query)&\(more)")
                let expected = try await service.call(.get, "/v1/usage?\(query)")
                #expect(answer.status == 200 && answer.text == expected.text, "\(query): \(answer.text)")
            }
        }
    }

    @Test("An empty span has no first record")
    func emptySpan() async throws {
        try await Service.run { service in
            let key = try await service.key("k")
            try await Self.use(service, key, 2)
            let empty = try await service.call(.get, "/v1/usage?keyId=\(key.id)&per=total&from=2&to=2")
            #expect(empty.status == 200 && empty["usageCount"]?.whole == 0, "\(empty.text)")
            #expect(empty["fromPosition"] == .null && empty["toPosition"]?.whole == 2)
            let one = try await service.call(.get, "/v1/usage?keyId=\(key.id)&per=total&from=2&to=3")
            #expect(one["fromPosition"]?.whole == 2 && one["toPosition"]?.whole == 3)
        }
    }

    @Test(
        "What cannot be asked",
        arguments: [
            ("keyId=ID&per=week", "per"), ("keyId=ID&from=yesterday", "from"), ("keyId=ID&to=9", "to"), ("keyId=ID&limit=1", "limit"),
            ("keyId=ID&account=a", "account"), ("per=hour", "per"), ("per=total", "per"), ("keyId=ID&order=desc", "order"),
            ("from=yesterday", "from"), ("to=99", "to"),
            ("from=9999-12-31T23:59:59Z", "from"), ("keyId=ID&from=9999-12-31T23:59:59Z", "from"),
            ("keyId=ID&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
            ("keyId=ID&from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "from"),
            ("keyId=ID&per=hour&from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", "from"),
            ("keyId=ID&from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z", "from"), ("keyid=ID", "keyid"),
        ])
    func invalid(_ query: String, _ field: String) async throws {
        try await Service.run { service in
            let answer = try await service.call(.get, "/v1/usage?" + query.replacing("ID", with: service.admin.id))
            #expect(answer.status == 400 && answer["field"]?.string == field, "\(answer.text)")
        }
    }

    @Test(
        "Times at the ends of the calendar are no trap",
        arguments: ["0000-01-01T00:00:00Z", "1969-12-31T23:00:00Z", "9999-12-31T23:59:59Z"])
    func edges(_ to: String) async throws {
        try await Service.run { service in
            let answer = try await service.call(.get, "/v1/usage?keyId=\(service.admin.id)&to=\(to)")
            #expect(answer.status == 200)
        }
    }

    @Test("1,000 buckets are the most", arguments: [(1000, 200), (1001, 400)])
    func span(_ hours: Int64, _ status: Int) async throws {
        try await Service.run { service in
            let to = try #require(Timestamp(rfc3339: "2026-03-01T00:30:00Z"))
            let path = "/v1/usage?keyId=\(service.admin.id)&per=hour&to=\(to)&from=\(to.adding(seconds: -hours * 3600))"
            #expect(try await service.call(.get, path).status == status)
        }
    }

    @Test("Consecutive spans add up, wherever they are cut; the figures beside the hours or days are those of the span")
    func spans() async throws {
        try await Service.run { service in
            let key = try await service.key("k")
            var cuts: [Timestamp] = [service.ledger.time.now]
            for count in [3, 1, 2] {
                try await Self.use(service, key, count)
                service.clock.advance(seconds: 5000)
                cuts.append(service.ledger.time.now)
            }
            for per in ["hour", "day", "total"] {
                var all: [String: UInt64] = [:]
                var counts: [UInt64] = []
                for (from, to) in zip(cuts, cuts.dropFirst()) {
                    let answer = try await service.call(.get, "/v1/usage?keyId=\(key.id)&per=\(per)&from=\(from)&to=\(to)")
                    counts.append(answer["usageCount"]?.whole ?? 99)
                    #expect(answer["from"]?.string == from.description && answer["to"]?.string == to.description)
                    var sum: UInt64 = 0
                    for bucket in answer["buckets"]?.elements ?? [] {
                        let uses = bucket["uses"]?.whole ?? 99
                        all[bucket["start"]?.string ?? "", default: 0] += uses
                        sum += uses
                    }
                    if per != "total" { #expect(sum == counts.last) }
                }
                #expect(counts == [3, 1, 2])
                let whole = try await service.call(
                    .get, "/v1/usage?keyId=\(key.id)&per=\(per)&from=\(cuts[0])&to=\(cuts[3])")
                #expect(whole["usageCount"]?.whole == 6)
                var expected: [String: UInt64] = [:]
                for bucket in whole["buckets"]?.elements ?? [] { expected[bucket["start"]?.string ?? ""] = bucket["uses"]?.whole }
                if per != "total" { #expect(all == expected) }
            }
            // What lies before everything is empty, and what would lie in the future ends now.
            for per in ["hour", "day", "total"] {
                let early = try await service.call(
                    .get, "/v1/usage?keyId=\(key.id)&per=\(per)&from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z")
                #expect(early.status == 200 && early["usageCount"]?.whole == 0)
                let late = try await service.call(
                    .get, "/v1/usage?keyId=\(key.id)&per=\(per)&from=\(cuts[1])&to=2999-01-01T00:00:00Z")
                #expect(late["usageCount"]?.whole == 3 && late["to"]?.string.map { $0 < "2999" } == true)
            }
        }
    }
}
