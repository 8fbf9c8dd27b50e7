internal import HTTPTypes
internal import Hummingbird

/// The endpoints for the listings of the account whose key is presented.
enum ListingEndpoints {
    private static let read = "listings:read"
    private static let write = "listings:write"

    private static let usualLimit = 50
    private static let largestLimit = 200

    static let all: [Endpoint] = [
        Endpoint(method: .get, path: "/v1/listings", query: ["status", "limit", "cursor"], access: .scope(read, list)),
        Endpoint(method: .post, path: "/v1/listings", access: .scope(write, create)),
        Endpoint(method: .post, path: "/v1/listings/bulk", access: .scope(write, upsert)),
        Endpoint(method: .get, path: "/v1/listings/{id}", access: .scope(read, show)),
        Endpoint(method: .put, path: "/v1/listings/{id}", access: .scope(write, replace)),
        Endpoint(method: .patch, path: "/v1/listings/{id}", access: .scope(write, change)),
        Endpoint(method: .delete, path: "/v1/listings/{id}", access: .scope(write, delete)),
    ]

    @Sendable private static func list(_ call: Call) async throws -> Response {
        let status = try call.query.choice("status", ListingContent.Status.self)
        let limit = try call.query.wholeNumber("limit", in: 1...largestLimit) ?? usualLimit
        let cursor = try call.query["cursor"].map { text throws(Problem) in
            guard let cursor = Cursor(text) else { throw .invalid("cursor", "cursor is not one that a list gave out.") }
            return cursor
        }
        return try .document(await call.store.page(of: call.account, status: status, after: cursor, limit: limit))
    }

    @Sendable private static func show(_ call: Call) async throws -> Response {
        guard let listing = try await call.store.listing(call.listingID, of: call.account) else { throw Problem.unknownListing }
        if let known = EntityTags(call.request.headers[values: .ifNoneMatch]), known.matchesWeakly(listing.entityTag) {
            return Response(status: .notModified, headers: [.eTag: listing.entityTag, .cacheControl: Response.keptByCallers])
        }
        return try .listing(listing)
    }

    @Sendable private static func create(_ call: Call) async throws -> Response {
        let content = try ListingContent(RequestFields(await call.body()))
        let listing = try await call.store.create(content, for: call.account, at: call.now)
        return try .listing(listing, status: .created, headers: [.location: "/v1/listings/\(listing.id)"])
    }

    @Sendable private static func replace(_ call: Call) async throws -> Response {
        let (id, expected) = (try call.listingID, try call.ifMatch)
        let content = try ListingContent(RequestFields(await call.body()))
        return try .listing(await call.store.update(id, of: call.account, ifMatch: expected, at: call.now) { _ in content })
    }

    @Sendable private static func change(_ call: Call) async throws -> Response {
        let (id, expected) = (try call.listingID, try call.ifMatch)
        let patch = try await call.body()
        return try .listing(
            await call.store.update(id, of: call.account, ifMatch: expected, at: call.now) { try $0.merging(patch) })
    }

    @Sendable private static func delete(_ call: Call) async throws -> Response {
        try await call.store.delete(call.listingID, of: call.account, ifMatch: call.ifMatch)
        return Response(status: .noContent)
    }

    @Sendable private static func upsert(_ call: Call) async throws -> Response {
        let rows = try BulkRow.rows(await call.body(upTo: Call.largeBody))
        return try .document(await call.store.upsert(rows, for: call.account, at: call.now))
    }
}
