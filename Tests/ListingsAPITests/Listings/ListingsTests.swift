import APITestSupport
import Foundation
import HTTPTypes
import Testing

@testable import ListingsAPI

@Suite("Listings")
struct ListingsTests {
    @Test("Made, shown, with every field")
    func create() async throws {
        try await Service.run { service in
            let made = try await service.create(["externalId": #""P-1""#, "bedrooms": "3", "description": #""Two\nlines.""#])
            #expect(made.headers[.location] == "/v1/listings/" + made.id)
            let shown = try await service.call(.get, Service.listings + "/" + made.id)
            #expect(shown.status == 200 && shown.json == made.json && shown.tag == made.tag)
            #expect(shown["bedrooms"]?.whole == 3 && shown["bathrooms"]?.isNull == true && shown["description"]?.string == "Two\nlines.")
            let head = try await service.call(.head, Service.listings + "/" + made.id)
            #expect(head.status == 200 && head.text.isEmpty && head.tag == made.tag)
        }
    }

    @Test("An external id is an account's once")
    func externalIDs() async throws {
        try await Service.run { service in
            let first = try await service.create(["externalId": #""P-1""#])
            let second = try await service.create(["externalId": #""P-2""#])
            _ = try await service.create(["externalId": #""P-1""#], key: "other/rw")
            for _ in 0..<2 { _ = try await service.create() }
            let taken = try await service.call(.post, Service.listings, Service.listing(["externalId": #""P-1""#]))
            #expect(taken.status == 409 && taken.code == "EXTERNAL_ID_TAKEN" && taken.field == "externalId")
            for method in [HTTPRequest.Method.put, .patch] {
                let moved = try await service.call(
                    method, Service.listings + "/" + second.id, Service.listing(["externalId": #""P-1""#]), headers: [.ifMatch: "*"])
                #expect(moved.status == 409)
            }
            #expect(try await service.call(.get, Service.listings + "/" + first.id).tag == first.tag)
        }
    }

    @Test("Replaced: what is left out is gone. Changed: what is left out stays, null takes away")
    func updates() async throws {
        try await Service.run { service in
            let made = try await service.create(["externalId": #""P-1""#, "bedrooms": "3", "area": "84"])
            let uri = Service.listings + "/" + made.id
            let changed = try await service.call(
                .patch, uri, #"{"price":1,"bedrooms":null}"#,
                headers: [.ifMatch: made.tag, .contentType: "application/merge-patch+json"])
            #expect(
                changed.status == 200 && changed["price"]?.whole == 1 && changed["bedrooms"]?.isNull == true && changed["area"]?.whole == 84
            )
            #expect(changed.tag != made.tag && changed["externalId"]?.string == "P-1")
            let replaced = try await service.call(.put, uri, Service.listing(), headers: [.ifMatch: changed.tag])
            #expect(replaced.status == 200 && replaced["externalId"]?.isNull == true && replaced["area"]?.isNull == true)
            let same = try await service.call(.put, uri, Service.listing(), headers: [.ifMatch: replaced.tag])
            #expect(same.status == 200 && same.tag == replaced.tag && same.json == replaced.json, "nothing changed")
            let required = try await service.call(.patch, uri, #"{"title":null}"#, headers: [.ifMatch: "*"])
            #expect(required.status == 400 && required.field == "title")
        }
    }

    @Test("Nobody overwrites what they have not seen")
    func preconditions() async throws {
        try await Service.run { service in
            let made = try await service.create()
            let uri = Service.listings + "/" + made.id
            let changed = try await service.call(.patch, uri, #"{"price":1}"#, headers: [.ifMatch: "\"other\", " + made.tag])
            #expect(changed.status == 200)
            for (method, body) in [(HTTPRequest.Method.put, Service.listing()), (.patch, #"{"price":2}"#), (.delete, nil)] {
                let blind = try await service.call(method, uri, body)
                #expect(blind.status == 428 && blind.field == "If-Match", "\(method)")
                for tag in [made.tag, "W/" + changed.tag, "nonsense", ""] {
                    #expect(try await service.call(method, uri, body, headers: [.ifMatch: tag]).status == 412, "\(method) \(tag)")
                }
            }
            #expect(try await service.call(.get, uri, headers: [.ifNoneMatch: changed.tag]).status == 304)
            #expect(try await service.call(.get, uri, headers: [.ifNoneMatch: "W/" + changed.tag]).status == 304)
            #expect(try await service.call(.get, uri, headers: [.ifNoneMatch: "*"]).status == 304)
            #expect(try await service.call(.get, uri, headers: [.ifNoneMatch: made.tag]).status == 200)
            #expect(try await service.call(.delete, uri, headers: [.ifMatch: changed.tag]).status == 204)
            #expect(try await service.call(.get, uri).status == 404)
            #expect(try await service.call(.delete, uri, headers: [.ifMatch: "*"]).status == 404)
        }
    }

    @Test("Two that change the same state: one wins, the other is told")
    func race() async throws {
        try await Service.run { service in
            let made = try await service.create()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for price in 1...8 {
                    group.addTask {
                        try await service.call(
                            .patch, Service.listings + "/" + made.id, "{\"price\":\(price)}", headers: [.ifMatch: made.tag]
                        ).status
                    }
                }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [200: 1, 412: 7])
        }
    }

    @Test("Pages hold every listing once, in the order of creation, also while others are made and deleted")
    func pages() async throws {
        try await Service.run { service in
            var ids: [String] = []
            for index in 0..<7 { ids.append(try await service.create(["status": index % 2 == 0 ? #""active""# : #""draft""#]).id) }
            _ = try await service.create(key: "other/rw")
            #expect(try await Self.walk(service, "limit=3") == ids)
            #expect(try await Self.walk(service, "limit=7") == ids)
            #expect(try await Self.walk(service, "status=draft&limit=2") == [ids[1], ids[3], ids[5]])
            let first = try await service.call(.get, Service.listings + "?limit=2")
            try await service.call(.delete, Service.listings + "/" + ids[1], headers: [.ifMatch: "*"])
            ids.append(try await service.create().id)
            let cursor = try #require(first["nextCursor"]?.string)
            #expect(try await Self.walk(service, "limit=2&cursor=" + cursor) == Array(ids[2...]))
            #expect(try await service.call(.get, Service.listings, key: "empty/r").text == #"{"data":[],"nextCursor":null}"#)
        }
    }

    private static func walk(_ service: Service, _ query: String) async throws -> [String] {
        var (ids, next): ([String], String?) = ([], Service.listings + "?" + query)
        while let uri = next {
            let page = try await service.call(.get, uri)
            ids += (page["data"]?.elements ?? []).compactMap { $0["id"]?.string }
            let plain = query.split(separator: "&").filter { !$0.hasPrefix("cursor=") }.joined(separator: "&")
            next = page["nextCursor"]?.string.map { Service.listings + "?" + plain + "&cursor=" + $0 }
        }
        return ids
    }

    @Test("What was kept is there when the database is opened again")
    func reopened() async throws {
        try await Service.run { service in
            let made = try await service.create()
            let again = try ListingStore(path: service.file.path)
            #expect(try await again.listing(made.id, of: "acme")?.entityTag == made.tag)
            try again.close()
        }
    }
}
