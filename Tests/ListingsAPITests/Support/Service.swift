import APITestSupport
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import KeyledgerClient
import Logging
import NIOCore
import TestSupport
import Testing

@testable import ListingsAPI

/// A database of its own behind the router. Whatever is answered to a described operation is compared with the description.
struct Service: Sendable {
    static let listings = "/v1/listings"

    let client: any TestClientProtocol
    let store: ListingStore
    let file: URL

    static func run(
        verifier: any KeyVerifier = ByAccount(), outage: OutagePolicy = .refuse, environment: String? = nil,
        _ body: @escaping @Sendable (Service) async throws -> Void
    ) async throws {
        // Its database is as many descriptors as half a ledger.
        try await LedgerSlots.withSlot { try await runInSlot(verifier, outage, environment, body) }
    }

    private static func runInSlot(
        _ verifier: any KeyVerifier, _ outage: OutagePolicy, _ environment: String?,
        _ body: @escaping @Sendable (Service) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "listings-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "listings.sqlite")
        let store = try ListingStore(path: file.path)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let router =
            if let environment {
                buildRouter(store: store, verifier: verifier, environment: environment, outage: outage)
            } else {
                buildRouter(store: store, verifier: verifier, outage: outage)
            }
        let application = buildApplication(router, port: 0, logger: logger)
        try await application.test(.router) { client in try await body(Service(client: client, store: store, file: file)) }
    }

    /// `key`: as `ByAccount` reads it.
    @discardableResult
    func call(
        _ method: HTTPRequest.Method, _ uri: String, _ json: String? = nil, key: String? = "acme/rw", headers: HTTPFields = [:],
        at location: SourceLocation = #_sourceLocation
    ) async throws -> Answer {
        let answer = try await client.answer(method, uri, key: key, json, headers: headers)
        for finding in OpenAPI.shared.findings(answer, method, uri, sent: json) { Issue.record("\(finding)", sourceLocation: location) }
        return answer
    }

    /// A listing, made.
    func create(_ changes: [String: String] = [:], key: String = "acme/rw") async throws -> Answer {
        let answer = try await call(.post, Self.listings, Self.listing(changes), key: key)
        #expect(answer.status == 201, "\(answer.text)")
        return answer
    }

    /// A listing as JSON; `changes` are fields by name, with values as they stand in JSON.
    static func listing(_ changes: [String: String] = [:]) -> String {
        var fields = [
            "title": #""Bright flat""#, "offer": #""sale""#, "propertyType": #""apartment""#, "status": #""active""#,
            "street": #""Lindenweg 7""#, "city": #""Freiburg""#, "postalCode": #""79098""#, "country": #""DE""#, "price": "42500000",
            "currency": #""EUR""#,
        ]
        fields.merge(changes) { $1 }
        return "{" + fields.filter { $0.value != "" }.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}"
    }

    static func bulk(_ rows: [String]) -> String { #"{"listings":["# + rows.joined(separator: ",") + "]}" }
}
