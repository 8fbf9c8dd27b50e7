import APITestSupport
import Foundation
import HTTPTypes
import Testing

@testable import ListingsAPI

@Suite("Bulk upsert")
struct BulkTests {
    private static let uri = Service.listings + "/bulk"

    private static func outcomes(_ answer: Answer) -> [String] {
        (answer["results"]?.elements ?? []).compactMap { $0["outcome"]?.string }
    }

    @Test("Created, then unchanged, then updated; never doubled")
    func idempotent() async throws {
        try await Service.run { service in
            let rows = (0..<5).map { Service.listing(["externalId": "\"P-\($0)\""]) }
            let first = try await service.call(.post, Self.uri, Service.bulk(rows))
            #expect(Self.outcomes(first) == Array(repeating: "created", count: 5))
            let second = try await service.call(.post, Self.uri, Service.bulk(rows))
            #expect(Self.outcomes(second) == Array(repeating: "unchanged", count: 5))
            let changed = [rows[0], Service.listing(["externalId": #""P-1""#, "price": "1"])]
            let third = try await service.call(.post, Self.uri, Service.bulk(changed))
            #expect(Self.outcomes(third) == ["unchanged", "updated"])
            #expect(third["counts"]?["updated"]?.whole == 1 && third["counts"]?["unchanged"]?.whole == 1)
            let ids = { (answer: Answer) in answer["results"]?.elements.prefix(2).map { $0["id"]?.string } }
            #expect(ids(first) == ids(third))
            #expect(try await service.call(.get, Service.listings)["data"]?.elements.count == 5)
        }
    }

    @Test("A bad row is reported with its place, field and reason, and spoils no other")
    func badRows() async throws {
        try await Service.run { service in
            let good = { (id: String) in Service.listing(["externalId": "\"\(id)\""]) }
            let rows = [
                good("a"), "1", "null", "{}", Service.listing(), Service.listing(["externalId": #""b""#, "price": "-1"]),
                Service.listing(["externalId": #""c""#, "surprise": "1"]), good("a"), Service.listing(["externalId": #""d\u0000""#]),
                good("e"),
            ]
            // The API description says of unacceptable rows only which outcome they have.
            let answer = try await service.call(.post, Self.uri, Service.bulk(rows))
            #expect(Self.outcomes(answer) == ["created"] + Array(repeating: "error", count: 8) + ["created"], "\(answer.text)")
            let fields = (answer["results"]?.elements ?? []).map { $0["field"]?.string }
            #expect(fields == [nil, nil, nil, "externalId", "externalId", "price", "surprise", "externalId", "externalId", nil])
            let results = answer["results"]?.elements ?? []
            // Of a row without anything, everything that is missing is named.
            #expect(results[3]["errors"]?.elements.count == 11 && results[0]["errors"]?.elements.isEmpty == true)
            #expect(results.compactMap { $0["index"]?.whole } == Array(0..<10))
            #expect(results.allSatisfy { ($0["detail"]?.string == nil) == ($0["outcome"]?.string == "created") })
            #expect(results[5]["externalId"]?.string == "b" && results[8]["externalId"]?.isNull == true)
        }
    }

    @Test("A body without rows, or with too many, is refused")
    func limits() async throws {
        try await Service.run { service in
            for body in ["{}", "[]", "1", #"{"listings":{}}"#, #"{"listings":[]}"#, #"{"listings":null}"#, #"{"listings":[1],"more":1}"#] {
                let answer = try await service.call(.post, Self.uri, body)
                #expect(answer.status == 400 && answer.code == "INVALID_FIELD", "\(body)")
            }
            #expect(try await service.call(.post, Self.uri, Service.bulk(Array(repeating: "1", count: 501))).status == 400)
            #expect(try await service.call(.post, Self.uri, Service.bulk(Array(repeating: "1", count: 500))).status == 200)
            #expect(try await service.call(.post, Self.uri, String(repeating: " ", count: ListingsContext.largeBody + 1)).status == 413)
        }
    }
}
