import APITestSupport
import Foundation
import HTTPTypes
import Hummingbird
import KeyledgerClient
import Testing

@testable import ListingsAPI

@Suite("The description names what there is")
struct ContractTests {
    @Test("Every route is described, and every described one exists; so are parameters")
    func routes() async throws {
        try await Service.run { service in
            let router = buildRouter(store: service.store, verifier: ByAccount())
            let registered = Set(router.routes.map { "\($0.method.rawValue) \($0.path)" })
            #expect(registered == Set(OpenAPI.shared.operations.map { "\($0.method) \($0.path)" }))
        }
        // Which ones are taken, the calls of other tests show; everything else is refused.
        for operation in OpenAPI.shared.operations {
            let described = operation.parameters.filter { $0["in"]?.string == "query" }.compactMap { $0["name"]?.string }
            #expect(described == (operation.id == "listListings" ? ["status", "limit", "cursor"] : []), "\(operation.path)")
        }
    }

    @Test("Every problem code is described, and the other way round")
    func problemCodes() {
        let codes = OpenAPI.shared.document["components"]?["schemas"]?["Problem"]?["properties"]?["code"]?["enum"]?.elements ?? []
        let verdicts: [KeyVerdict.Code] = [
            .missing, .badHeader, .malformed, .notFound, .revoked, .expired, .disabled, .ipNotAllowed, .insufficientScope, .rateLimited,
            .quotaExceeded,
        ]
        #expect(Set(codes.compactMap(\.string)) == Set(ProblemCode.allCases.map(\.rawValue) + verdicts.map(\.rawValue)))
        let described =
            OpenAPI.shared.document["components"]?["schemas"]?["Problem"]?["properties"]?["code"]?["x-enumDescriptions"]
        #expect(Set(described?.names ?? []) == Set(codes.compactMap(\.string)))
        for code in ProblemCode.allCases {
            #expect(described?[code.rawValue]?.string?.hasPrefix("\(code.summary.status.code): ") == true, "\(code)")
        }
    }

    @Test("Every described field is taken, and shown again; every other is refused")
    func fields() async throws {
        let schemas = try #require(OpenAPI.shared.document["components"]?["schemas"])
        let described = try #require(schemas["ListingContent"]?["properties"])
        try await Service.run { service in
            var fields: [String: String] = [:]
            for name in described.names {
                let type = try #require(described[name]?["$ref"]?.string?.split(separator: "/").last)
                let example = try #require(schemas[String(type)]?["example"])
                fields[name] = example.whole.map { "\($0)" } ?? "\"\(example.string ?? "")\""
            }
            let made = try await service.create(fields)
            for (name, value) in fields { #expect(made[name].map { $0.whole.map { "\($0)" } ?? "\"\($0.string ?? "")\"" } == value) }
        }
    }

    @Test("Of every operation, each of its statuses happens")
    func statuses() async throws {
        // Nothing but a defect leads to 500.
        let expected = OpenAPI.shared.operations.reduce(into: [String: Set<Int>]()) { $0[$1.id] = $1.statuses.subtracting([500]) }
        let seen = Seen()
        try await Service.run { service in
            for operation in OpenAPI.shared.operations {
                let method = try #require(HTTPRequest.Method(operation.method))
                for answer in try await Self.provoke(operation, method, service) { await seen.add(operation.id, answer.status) }
            }
        }
        try await Service.run(verifier: ByAccount(error: ByAccount.down)) { service in
            for operation in OpenAPI.shared.operations {
                let method = try #require(HTTPRequest.Method(operation.method))
                await seen.add(operation.id, try await service.call(method, operation.path).status)
            }
        }
        let statuses = await seen.statuses
        for (id, described) in expected { #expect(statuses[id] == described, "\(id)") }
    }

    private actor Seen {
        var statuses: [String: Set<Int>] = [:]

        func add(_ operation: String, _ status: Int) { statuses[operation, default: []].insert(status) }
    }

    private static func provoke(
        _ operation: OpenAPI.Operation, _ method: HTTPRequest.Method, _ service: Service
    ) async throws -> [Answer] {
        guard !operation.isOpen else { return [try await service.call(method, operation.path, key: nil)] }
        let target = try await service.create()
        _ = try await service.call(.post, Service.listings, Service.listing(["externalId": #""taken""#]))
        let path = operation.path.replacing("{id}", with: target.id)
        let body: String? =
            switch operation.id {
            case "createListing", "replaceListing": Service.listing()
            case "changeListing": #"{"price":3}"#
            case "upsertListings": Service.bulk([Service.listing(["externalId": #""p""#])])
            default: nil
            }
        let any: HTTPFields = [.ifMatch: "*"]
        var answers = [
            try await service.call(method, path, body, key: nil), try await service.call(method, path, body, key: "acme/none"),
            try await service.call(method, path, body, key: "acme/limited"), try await service.call(method, path + "?surprise=1", body),
            try await service.call(method, path, body), try await service.call(method, path, body, headers: [.ifMatch: "\"old\""]),
            try await service.call(method, path, headers: [.ifNoneMatch: "*"]),
        ]
        if body != nil {
            answers.append(try await service.call(method, path, body, headers: [.ifMatch: "*", .contentType: "text/plain"]))
            answers.append(try await service.call(method, path, String(repeating: " ", count: ListingsContext.largeBody + 1), headers: any))
            if operation.id != "upsertListings" {
                answers.append(try await service.call(method, path, Service.listing(["externalId": #""taken""#]), headers: any))
            }
        }
        if path != operation.path {
            answers.append(try await service.call(method, path, body, headers: any))
            answers.append(try await service.call(method, operation.path.replacing("{id}", with: "none"), body, headers: any))
        }
        return answers
    }
}
