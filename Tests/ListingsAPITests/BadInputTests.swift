import APITestSupport
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import ListingsAPI

@Suite("Nonsense")
struct BadInputTests {
    private static let badFields: [(String, String)] = [
        ("title", #""""#), ("title", #""  ""#), ("title", "\"a\\u0000b\""), ("title", "\"a\\nb\""), ("title", "1"), ("title", "[]"),
        ("title", "\"\(String(repeating: "x", count: 201))\""), ("description", #""\u0007""#), ("offer", #""gift""#), ("offer", "7"),
        ("country", #""de""#), ("country", #""DEU""#), ("country", #""ÄÖ""#), ("currency", #""€""#), ("price", "-1"), ("price", "1.5"),
        ("price", "1000000000001"), ("price", "99999999999999999999999999"), ("price", #""1""#), ("price", "true"),
        ("bedrooms", "-1"), ("area", "0"), ("externalId", #""""#), ("id", #""lst_1""#), ("surprise", "null"), ("status", #""Active""#),
    ]

    @Test("A field that is not acceptable is named", arguments: badFields)
    func fields(_ name: String, _ value: String) async throws {
        try await Service.run { service in
            let answer = try await service.call(.post, Service.listings, Service.listing([name: value]))
            if name == "surprise" || name == "id" { #expect(answer.field == name) }
            #expect(answer.status == 400 && answer.code == "INVALID_FIELD" && answer.field == name, "\(answer.text)")
        }
    }

    @Test("An API key is kept in no field, and not repeated")
    func keys() async throws {
        try await Service.run { service in
            let key = "lhql_live_" + String(repeating: "aB3dE7x", count: 7)
            for name in ["title", "description", "externalId", "country", "surprise"] {
                for text in [key, "the key is \(key)", key.replacing("_", with: "%5F")] {
                    let answer = try await service.call(.post, Service.listings, Service.listing([name: "\"\(text)\""]))
                    #expect(answer.status == 400 && answer.field == name && !answer.text.contains("aB3dE7xaB3"), "\(answer.text)")
                }
            }
            let named = try await service.call(.post, Service.listings, Service.listing([key: "1"]))
            #expect(named.status == 400 && !named.text.contains("aB3dE7xaB3"))
            for uri in ["?cursor=\(key)", "?\(key)=1", "/\(key)"] {
                let answer = try await service.call(.get, Service.listings + uri)
                #expect(answer.status == 400 && answer.code == "BAD_HEADER" && !answer.text.contains("aB3dE7xaB3"), "\(answer.text)")
            }
        }
    }

    @Test("Every required field is asked for by name")
    func required() async throws {
        try await Service.run { service in
            let schema = OpenAPI.shared.document["components"]?["schemas"]?["ListingContent"]
            for name in (schema?["required"]?.elements ?? []).compactMap(\.string) {
                for missing in ["", "null"] {
                    let answer = try await service.call(.post, Service.listings, Service.listing([name: missing]))
                    #expect(answer.status == 400 && answer.field == name)
                }
            }
        }
    }

    @Test("Every field that is wrong is named at once, in the order of the description, and unknown ones last")
    func everyField() async throws {
        try await Service.run { service in
            let answer = try await service.call(
                .post, Service.listings, #"{"title":"x","price":-1,"country":"de","surprise":1,"another":2}"#)
            let errors = answer["errors"]?.elements ?? []
            let names = [
                "offer", "propertyType", "status", "street", "city", "postalCode", "country", "price", "currency", "another", "surprise",
            ]
            #expect(answer.status == 400 && errors.compactMap { $0["field"]?.string } == names, "\(answer.text)")
            #expect(answer.field == "offer" && errors.first?["detail"]?.string == "offer is missing.")
            for error in errors { #expect(answer["detail"]?.string?.contains(error["detail"]?.string ?? "?") == true) }
            let query = try await service.call(.get, Service.listings + "?limit=0&status=no&cursor=x&more=1")
            #expect(query["errors"]?.elements.compactMap { $0["field"]?.string } == ["status", "limit", "cursor", "more"])
            let many = "{" + (0..<200).map { "\"field\($0)\":1" }.joined(separator: ",") + "}"
            #expect(try await service.call(.post, Service.listings, many)["errors"]?.elements.count == 50)
            #expect(try await service.call(.get, "/nowhere")["errors"]?.isNull == true)
        }
    }

    private static let badBodies = [
        "", " ", "{", "nope", "{\"title\":\u{0}}", "{\"title\":1e999}", #"{"title":"\ud800"}"#, "\u{FEFF}{}", "{}{}", "[1,]",
        String(repeating: "[", count: 50_000), String(repeating: "{\"a\":", count: 5_000),
        String(repeating: "[", count: 17) + String(repeating: "]", count: 17),
    ]

    @Test("What is no JSON", arguments: badBodies)
    func bodies(_ body: String) async throws {
        try await Service.run { service in
            for uri in [Service.listings, Service.listings + "/bulk"] {
                let answer = try await service.call(.post, uri, body)
                #expect(answer.status == 400, "\(body.prefix(40)): \(answer.text)")
            }
        }
    }

    @Test("Other media types, codings, sizes")
    func media() async throws {
        try await Service.run { service in
            for type in ["text/plain", "application/xml", "json", "", "application/json; charset=latin1"] {
                let answer = try await service.call(.post, Service.listings, Service.listing(), headers: [.contentType: type])
                #expect(answer.status == 415, "\(type)")
            }
            for type in ["application/json;charset=UTF-8", "Application/JSON"] {
                #expect(try await service.call(.post, Service.listings, Service.listing(), headers: [.contentType: type]).status == 201)
            }
            #expect(try await service.call(.post, Service.listings, Service.listing(), headers: [.contentEncoding: "gzip"]).status == 415)
            #expect(try await service.call(.post, Service.listings).status == 415)
            #expect(
                try await service.call(.post, Service.listings, String(repeating: " ", count: ListingsContext.smallBody + 1)).status == 413)
        }
    }

    @Test("Parameters that are unknown, doubled, or out of range")
    func parameters() async throws {
        try await Service.run { service in
            let queries = [
                "limit=0", "limit=201", "limit=-1", "limit=1e2", "limit=", "limit=%00", "limit=99999999999999999999", "status=Active",
                "cursor=", "cursor=abc", "cursor=MQ==", "cursor=%00", "cursor=LTE-", "surprise=1", "limit=1&limit=2", "%ff=1",
            ]
            for query in queries {
                let answer = try await service.call(.get, Service.listings + "?" + query)
                #expect(answer.status == 400 && answer.code == "INVALID_FIELD", "\(query): \(answer.status)")
            }
            #expect(try await service.call(.post, Service.listings + "?limit=1", Service.listing()).status == 400)
        }
    }

    @Test("Addresses that lead nowhere, and methods that are not taken")
    func addresses() async throws {
        try await Service.run { service in
            for id in [
                "x", "lst_", "lst_" + String(repeating: "0", count: 31), "lst_" + String(repeating: "G", count: 32), "%00", "a%2Fb",
                "%F0%9F",
            ] {
                #expect(try await service.call(.get, Service.listings + "/" + id).status == 404, "\(id)")
            }
            for uri in ["/v1", "/v2/listings", "/reference.html", Service.listings + "/x/y"] {
                let answer = try await service.call(.get, uri)
                #expect(answer.status == 404 && answer.code == "UNKNOWN_ROUTE", "\(uri)")
            }
            for uri in ["/nowhere", Service.listings + "/none"] {
                let head = try await service.call(.head, uri)
                #expect(head.status == 404 && head.text.isEmpty)
            }
            let answer = try await service.client.execute(uri: Service.listings, method: .delete)
            #expect(answer.status == .methodNotAllowed && answer.headers[.allow] == "GET, HEAD, POST")
            // `bulk` is no id, so it does not take what an id takes.
            for method in [HTTPRequest.Method.trace, .get, .put, .patch, .delete] {
                let answer = try await service.client.execute(uri: Service.listings + "/bulk", method: method)
                #expect(answer.status == .methodNotAllowed && answer.headers[.allow] == "POST", "\(method)")
            }
        }
    }
}
