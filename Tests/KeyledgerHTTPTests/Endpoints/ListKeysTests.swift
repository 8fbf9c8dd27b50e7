import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("GET /v1/keys")
struct ListKeysTests {
    /// All pages, one after the other.
    private static func all(_ service: Service, _ query: String, limit: Int) async throws -> [[String]] {
        var pages: [[String]] = []
        var cursor = ""
        repeat {
            let answer = try await service.call(.get, "/v1/keys?limit=\(limit)\(query)\(cursor)")
            #expect(answer.status == 200)
            pages.append((answer["data"]?.elements ?? []).compactMap { $0["id"]?.string })
            cursor = answer["nextCursor"]?.string.map { "&cursor=" + $0 } ?? ""
        } while !cursor.isEmpty
        return pages
    }

    @Test("Pages of any size, in both orders, hold every key once", arguments: [1, 2, 3, 7, 8, 100])
    func paging(_ limit: Int) async throws {
        try await Service.run { service in
            let made = try await (0..<6).asyncMap { try await service.key("key \($0)") }
            let expected = ([service.admin] + made).map(\.id).sorted()
            let ascending = try await Self.all(service, "", limit: limit)
            #expect(ascending.flatMap(\.self) == expected)
            #expect(ascending.dropLast().allSatisfy { $0.count == limit })
            #expect(ascending.last?.isEmpty == false)
            #expect(try await Self.all(service, "&order=desc", limit: limit).flatMap(\.self) == expected.reversed())
        }
    }

    @Test("Filtered by status, pages are full as well")
    func status() async throws {
        try await Service.run { service in
            let made = try await (0..<9).asyncMap { try await service.key("key \($0)", account: "a", expiresIn: $0 % 3 == 2 ? 5 : nil) }
            for index in [0, 3, 6] { try await service.revoke(made[index]) }
            try await service.disable(made[1])
            service.clock.advance(seconds: 10)
            let expected = ["revoked": [0, 3, 6], "expired": [2, 5, 8], "disabled": [1], "active": [4, 7]]
            for (status, indexes) in expected {
                for order in ["asc", "desc"] {
                    let pages = try await Self.all(service, "&account=a&order=\(order)&status=\(status)", limit: 2)
                    let ids = indexes.map { made[$0].id }.sorted()
                    #expect(pages.flatMap(\.self) == (order == "asc" ? ids : ids.reversed()), "\(status)")
                    #expect(pages.count == (ids.count + 1) / 2)
                }
            }
        }
    }

    @Test("Filtered by environment, and by what ends before a time")
    func filters() async throws {
        try await Service.run { service in
            let (soon, later, never) = (
                try await service.key("soon", account: "a", expiresIn: 50), try await service.key("later", account: "a", expiresIn: 5000),
                try await service.key("never", account: "a")
            )
            let test = try await service.key("test", account: "a", environment: "test", expiresIn: 60)
            let (ended, revoked) = (
                try await service.key("ended", account: "a", expiresIn: 5), try await service.key("revoked", account: "a", expiresIn: 50)
            )
            try await service.revoke(revoked)
            service.clock.advance(seconds: 10)
            let time = service.ledger.time.now.adding(seconds: 1000)
            func names(_ query: String) async throws -> Set<String> {
                Set(try await Self.all(service, "&account=a&" + query, limit: 2).flatMap(\.self))
            }
            #expect(try await names("expiresBefore=\(time)") == [soon.id, test.id])
            #expect(try await names("expiresBefore=\(time)&environment=live") == [soon.id])
            #expect(try await names("expiresBefore=\(time)&status=expired") == [ended.id])
            #expect(try await names("environment=live&status=active") == [soon.id, later.id, never.id])
            #expect(try await names("environment=test") == [test.id])
            for (query, field) in [
                ("expiresBefore=soon", "expiresBefore"), ("environment=LIVE", "environment"), ("environment=", "environment"),
            ] {
                #expect(try await service.call(.get, "/v1/keys?" + query)["field"]?.string == field)
            }
        }
    }

    @Test("A key shows what just happened to it")
    func fresh() async throws {
        try await Service.run { service in
            let key = try await service.key(account: "a")
            _ = try await service.call(.post, "/v1/verify", "{\"key\":\"\(key.secret)\"}")
            let listed = try await service.call(.get, "/v1/keys?account=a")["data"]?[0]
            #expect(listed?["usageCount"]?.whole == 1)
            #expect(listed?["lastUsedAt"]?.string != nil && listed?["usageToPosition"] == .null)
        }
    }

    @Test("An operator sees an account that has no keys as empty")
    func emptyAccount() async throws {
        try await Service.run { service in
            let answer = try await service.call(.get, "/v1/keys?account=nobody")
            #expect(answer.status == 200)
            #expect(answer.json == .object([.init(name: "data", value: .array([])), .init(name: "nextCursor", value: .null)]))
        }
    }

    @Test(
        "What cannot be asked",
        arguments: [
            ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=-1", "limit"), ("limit=", "limit"), ("limit=1e2", "limit"),
            ("limit=99999999999999999999", "limit"), ("order=up", "order"), ("status=good", "status"), ("cursor=x", "cursor"),
            ("cursor=", "cursor"), ("limit=1&limit=2", "limit"), ("acount=a", "acount"), ("limit=%FF", nil), ("%22=1", nil),
        ] as [(String, String?)])
    func invalid(_ query: String, _ field: String?) async throws {
        try await Service.run { service in
            let answer = try await service.call(.get, "/v1/keys?" + query)
            #expect(answer.status == 400 && answer.code == "INVALID_FIELD", "\(answer.text)")
            #expect(answer["field"]?.string == field)
        }
    }

    @Test("A cursor belongs to its order")
    func cursorOfOtherOrder() async throws {
        try await Service.run { service in
            _ = try await service.key()
            let cursor = try #require(try await service.call(.get, "/v1/keys?limit=1")["nextCursor"]?.string)
            #expect(try await service.call(.get, "/v1/keys?limit=1&cursor=\(cursor)").status == 200)
            #expect(try await service.call(.get, "/v1/keys?limit=1&order=desc&cursor=\(cursor)")["field"]?.string == "cursor")
        }
    }
}
