internal import HTTPTypes
internal import Hummingbird
internal import KeyledgerClient

/// The routes for the listings of the account whose key is presented.
struct ListingRoutes: Sendable {
    static let listParameters = ["status", "limit", "cursor"]

    let store: ListingStore

    /// Adds the routes. `keyGuard` makes the guard that lets keys with a scope pass.
    func add(to router: Router<ListingsContext>, keyGuard: (_ scope: String) -> KeyGuard<ListingsContext>) {
        router.group("v1/listings").add(middleware: keyGuard("listings:read")).add(middleware: KnownParameters(Self.listParameters))
            .get(use: list)
        router.group("v1/listings").add(middleware: keyGuard("listings:read")).add(middleware: KnownParameters([]))
            .get("{id}", use: show)
        router.group("v1/listings").add(middleware: keyGuard("listings:write")).add(middleware: KnownParameters([]))
            .post(use: create)
            .post("bulk", use: upsert)
            .put("{id}", use: replace)
            .patch("{id}", use: change)
            .delete("{id}", use: delete)
    }

    @Sendable private func list(_ request: Request, _ context: ListingsContext) async throws -> ListingPage {
        let query = request.uri.queryParameters
        let status = try query.get("status").map { try ListingContent.Status($0, field: "status") }
        let limit = try query.get("limit").map { try Self.limit($0) } ?? 50
        let cursor = try query.get("cursor").map { text in
            guard let cursor = Cursor(text) else { throw Problem.invalid("cursor", "cursor is not one that a list gave out.") }
            return cursor
        }
        return try await store.page(of: context.account, status: status, after: cursor, limit: limit)
    }

    private static func limit(_ text: String) throws -> Int {
        guard let limit = Int(text), !text.hasPrefix("+"), (1...200).contains(limit) else {
            throw Problem.invalid("limit", "limit must be a whole number from 1 to 200.")
        }
        return limit
    }

    @Sendable private func show(_ request: Request, _ context: ListingsContext) async throws -> Response {
        let listing = try await store.listing(context.parameters.require("id"), of: context.account)
        let known = EntityTags(request.headers[values: .ifNoneMatch])
        guard known?.matches(listing.entityTag, weakly: true) ?? false else {
            return try listing.response(from: request, context: context)
        }
        return Response(status: .notModified, headers: listing.headers)
    }

    @Sendable private func create(_ request: Request, _ context: ListingsContext) async throws -> some ResponseGenerator {
        let content = try await request.decode(as: ListingRequest.self, context: context).content
        let listing = try await store.create(content, for: context.account)
        return EditedResponse(status: .created, headers: [.location: "/v1/listings/\(listing.id)"], response: listing)
    }

    @Sendable private func replace(_ request: Request, _ context: ListingsContext) async throws -> Listing {
        let expected = try request.ifMatch
        let content = try await request.decode(as: ListingRequest.self, context: context).content
        return try await store.update(context.parameters.require("id"), of: context.account, ifMatch: expected) { _ in content }
    }

    @Sendable private func change(_ request: Request, _ context: ListingsContext) async throws -> Listing {
        let expected = try request.ifMatch
        let patch = try await request.decode(as: [String: FieldValue].self, context: context)
        return try await store.update(context.parameters.require("id"), of: context.account, ifMatch: expected) { try $0.merging(patch) }
    }

    @Sendable private func delete(_ request: Request, _ context: ListingsContext) async throws -> HTTPResponse.Status {
        try await store.delete(context.parameters.require("id"), of: context.account, ifMatch: request.ifMatch)
        return .noContent
    }

    @Sendable private func upsert(_ request: Request, _ context: ListingsContext) async throws -> BulkReport {
        var context = context
        context.maxUploadSize = ListingsContext.largeBody
        let rows = try await request.decode(as: Bulk.self, context: context).rows
        return try await store.upsert(rows, for: context.account)
    }
}

extension ListingsContext {
    /// The account of the key. A call can read and change only this account's listings.
    fileprivate var account: String { get throws { try requireKey().accountID } }
}

extension Request {
    /// The states in which a listing may be changed. A caller that does not say may not have seen what it overwrites.
    fileprivate var ifMatch: EntityTags {
        get throws {
            guard let tags = EntityTags(headers[values: .ifMatch]) else { throw Problem.preconditionRequired }
            return tags
        }
    }
}
