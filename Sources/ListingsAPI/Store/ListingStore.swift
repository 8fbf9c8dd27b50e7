internal import Foundation
internal import GRDB

/// The store of all listings, in a SQLite database. Every query names an account, and sees nothing of others.
struct ListingStore: Sendable {
    private let database: DatabasePool

    /// Opens the database at `path`, and creates it if it does not exist. Readers and the writer do not wait for each other
    /// (WAL).
    init(path: String) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        // An acknowledged listing survives a power cut.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        database = try DatabasePool(path: path, configuration: configuration)
        try ListingMigrations.migrator.migrate(database)
    }

    func close() throws { try database.close() }

    // MARK: Reading

    func page(of account: String, status: ListingContent.Status?, after cursor: Cursor?, limit: Int) async throws -> ListingPage {
        // One more listing than the page holds shows whether there is a next page.
        let found = try await database.read { database in
            var request = Listing.filter(Listing.Columns.accountId == account)
            if let status { request = request.filter(Listing.Columns.status == status.rawValue) }
            if let cursor { request = request.filter(Listing.Columns.sequence > cursor.sequence) }
            return try request.order(Listing.Columns.sequence).limit(limit + 1).fetchAll(database)
        }
        let shown = Array(found.prefix(limit))
        return ListingPage(listings: shown, next: found.count > limit ? shown.last?.sequence.map(Cursor.init) : nil)
    }

    func listing(_ id: String, of account: String) async throws -> Listing? {
        try await database.read { try Self.find(id, account, $0) }
    }

    // MARK: Writing

    func create(_ content: ListingContent, for account: String, at now: Date) async throws -> Listing {
        try await database.write { database in
            if let externalId = content.externalId, try Self.find(externalId: externalId, account, database) != nil {
                throw Problem.externalIDTaken
            }
            var listing = Listing(id: Listing.makeID(), accountId: account, content: content, at: now)
            try listing.insert(database)
            return listing
        }
    }

    /// Changes a listing to what `change` returns, if it is in one of the expected states. A change without a difference
    /// changes nothing.
    func update(
        _ id: String, of account: String, ifMatch expected: EntityTags, at now: Date,
        change: @escaping @Sendable (ListingContent) throws -> ListingContent
    ) async throws -> Listing {
        try await database.write { database in
            var listing = try Self.expected(id, account, expected, database)
            try Self.set(&listing, to: try change(listing.content), at: now, database)
            return listing
        }
    }

    func delete(_ id: String, of account: String, ifMatch expected: EntityTags) async throws {
        try await database.write { database in
            _ = try Self.expected(id, account, expected, database).delete(database)
        }
    }

    /// Creates or changes one listing for each row, by its external id, in one transaction. Unacceptable rows are reported and
    /// do not affect the others.
    func upsert(_ rows: [BulkRow], for account: String, at now: Date) async throws -> BulkReport {
        try await database.write { database in
            BulkReport(rows: try rows.map { try Self.upsert($0, account, now, database) })
        }
    }

    private static func upsert(_ row: BulkRow, _ account: String, _ now: Date, _ database: Database) throws -> BulkReport.Row {
        func report(_ outcome: BulkReport.Outcome, _ listing: Listing) -> BulkReport.Row {
            BulkReport.Row(index: row.index, externalId: row.externalId, outcome: outcome, id: listing.id)
        }
        switch row.content {
        case .failure(let problem):
            return BulkReport.Row(
                index: row.index, externalId: row.externalId, outcome: .error, field: problem.field, detail: problem.detail)
        case .success(let content):
            guard var listing = try find(externalId: row.externalId ?? "", account, database) else {
                var listing = Listing(id: Listing.makeID(), accountId: account, content: content, at: now)
                try listing.insert(database)
                return report(.created, listing)
            }
            return report(try set(&listing, to: content, at: now, database) ? .updated : .unchanged, listing)
        }
    }

    /// Changes a listing, and returns whether that made a difference.
    @discardableResult
    private static func set(_ listing: inout Listing, to content: ListingContent, at now: Date, _ database: Database) throws -> Bool {
        guard content != listing.content else { return false }
        if let externalId = content.externalId, externalId != listing.content.externalId,
            try find(externalId: externalId, listing.accountId, database) != nil
        {
            throw Problem.externalIDTaken
        }
        listing.content = content
        listing.version += 1
        listing.updatedAt = now
        try listing.update(database)
        return true
    }

    private static func expected(_ id: String, _ account: String, _ expected: EntityTags, _ database: Database) throws -> Listing {
        guard let listing = try find(id, account, database) else { throw Problem.unknownListing }
        guard expected.matchesStrongly(listing.entityTag) else { throw Problem.preconditionFailed }
        return listing
    }

    private static func find(_ id: String, _ account: String, _ database: Database) throws -> Listing? {
        try Listing.filter(Listing.Columns.id == id && Listing.Columns.accountId == account).fetchOne(database)
    }

    private static func find(externalId: String, _ account: String, _ database: Database) throws -> Listing? {
        try Listing.filter(Listing.Columns.externalId == externalId && Listing.Columns.accountId == account).fetchOne(database)
    }
}
