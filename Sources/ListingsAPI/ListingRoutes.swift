internal import HTTPTypes
internal import Hummingbird
internal import KeyledgerClient

/// The routes for the listings of the account whose key is presented.
struct ListingRoutes: Sendable {
    let store: ListingStore

    /// Adds the routes. `keyGuard` makes the guard that lets only keys with a scope pass.
    func add(to router: Router<ListingsContext>, keyGuard: (_ scope: String) -> KeyGuard<ListingsContext>) {
        router.group("v1/listings").add(middleware: keyGuard("listings:read")).get(use: list)
        router.group("v1/listings").add(middleware: keyGuard("listings:read")).add(middleware: NoParameters()).get("{id}", use: show)
        router.group("v1/listings").add(middleware: keyGuard("listings:write")).add(middleware: NoParameters())
            .post(use: create)
            .post("bulk", use: upsert)
            .put("{id}", use: replace)
            .patch("{id}", use: change)
            .delete("{id}", use: delete)
    }

    @Sendable private func list(_ request: Request, _ context: ListingsContext) async throws -> ListingPage {
        var query = try RequestFields(request.uri.queryParameters)
        let status: ListingContent.Status? = query.choice("status")
        let limit = query.number("limit", in: 1...200) ?? 50
        let cursor = query.cursor("cursor")
        try query.end()
        return try await store.page(of: context.account, status: status, after: cursor, limit: Int(limit))
    }

    @Sendable private func show(_ request: Request, _ context: ListingsContext) async throws -> Response {
        guard let listing = try await store.listing(context.listingID, of: context.account) else { throw Problem.unknownListing }
        if let known = EntityTags(request.headers[values: .ifNoneMatch]), known.matches(listing.entityTag, weakly: true) {
            return Response(status: .notModified, headers: listing.headers)
        }
        return try listing.response(from: request, context: context)
    }

    @Sendable private func create(_ request: Request, _ context: ListingsContext) async throws -> some ResponseGenerator {
        let content = try await ListingContent(request.decode(as: [String: FieldValue].self, context: context))
        let listing = try await store.create(content, for: context.account)
        return EditedResponse(status: .created, headers: [.location: "/v1/listings/\(listing.id)"], response: listing)
    }

    @Sendable private func replace(_ request: Request, _ context: ListingsContext) async throws -> Listing {
        let expected = try request.ifMatch
        let content = try await ListingContent(request.decode(as: [String: FieldValue].self, context: context))
        return try await store.update(context.listingID, of: context.account, ifMatch: expected) { _ in content }
    }

    @Sendable private func change(_ request: Request, _ context: ListingsContext) async throws -> Listing {
        let expected = try request.ifMatch
        let patch = try await request.decode(as: [String: FieldValue].self, context: context)
        return try await store.update(context.listingID, of: context.account, ifMatch: expected) { try $0.merging(patch) }
    }

    @Sendable private func delete(_ request: Request, _ context: ListingsContext) async throws -> HTTPResponse.Status {
        try await store.delete(context.listingID, of: context.account, ifMatch: request.ifMatch)
        return .noContent
    }

    @Sendable private func upsert(_ request: Request, _ context: ListingsContext) async throws -> BulkReport {
        var context = context
        context.maxUploadSize = ListingsContext.largeBody
        return try await store.upsert(request.decode(as: Bulk.self, context: context).rows, for: context.account)
    }
}

/// Refuses query parameters, which would otherwise be ignored silently.
private struct NoParameters: RouterMiddleware {
    func handle(
        _ request: Request, context: ListingsContext, next: (Request, ListingsContext) async throws -> Response
    ) async throws -> Response {
        try RequestFields(request.uri.queryParameters).end()
        return try await next(request, context)
    }
}

extension ListingsContext {
    /// The account of the key. A call can read and change only this account's listings.
    fileprivate var account: String { get throws { try requireKey().accountID } }

    fileprivate var listingID: String { get throws { try parameters.require("id") } }
}

extension Request {
    /// The states in which a listing may be changed. A caller that does not say may not have seen what it overwrites.
    fileprivate var ifMatch: EntityTags {
        get throws(Problem) {
            guard let tags = EntityTags(headers[values: .ifMatch]) else { throw .preconditionRequired }
            return tags
        }
    }
}
