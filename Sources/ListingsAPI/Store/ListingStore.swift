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

    func page(of account: String, status: ListingContent.Status?, after cursor: ListingCursor?, limit: Int) async throws -> ListingPage {
        // One more listing than the page holds shows whether there is a next page.
        let found = try await database.read { database in
            var request = Listing.filter(Column("accountId") == account)
            if let status { request = request.filter(Column("status") == status.rawValue) }
            if let cursor { request = request.filter(Column("sequence") > cursor.sequence) }
            return try request.order(Column("sequence")).limit(limit + 1).fetchAll(database)
        }
        let shown = Array(found.prefix(limit))
        return ListingPage(
            data: shown, nextCursor: found.count > limit ? shown.last?.sequence.map { ListingCursor(sequence: $0).text } : nil)
    }

    func listing(_ id: String, of account: String) async throws -> Listing? {
        try await database.read { try Self.find("id", id, account, $0) }
    }

    func create(_ content: ListingContent, for account: String) async throws -> Listing {
        try await write { try Self.insert(content, account, $0) }
    }

    /// Changes a listing to what `change` returns, if it is in one of the expected states. A change without a difference
    /// changes nothing.
    func update(
        _ id: String, of account: String, ifMatch expected: EntityTags,
        change: @escaping @Sendable (ListingContent) throws -> ListingContent
    ) async throws -> Listing {
        try await write { database in
            var listing = try Self.expected(id, account, expected, database)
            _ = try Self.set(&listing, to: change(listing.content), database)
            return listing
        }
    }

    func delete(_ id: String, of account: String, ifMatch expected: EntityTags) async throws {
        try await write { _ = try Self.expected(id, account, expected, $0).delete($0) }
    }

    /// Creates or changes one listing for each row, by its external id, in one transaction. Unacceptable rows are reported and
    /// do not affect the others.
    func upsert(_ rows: [Bulk.Row], for account: String) async throws -> BulkReport {
        try await write { database in
            var report = BulkReport()
            for row in rows {
                switch row.content {
                case .failure(let problem): report.add(row, .error, problem: problem)
                case .success(let content):
                    if var listing = try Self.find("externalId", content.externalId ?? "", account, database) {
                        report.add(row, try Self.set(&listing, to: content, database) ? .updated : .unchanged, listing)
                    } else {
                        report.add(row, .created, try Self.insert(content, account, database))
                    }
                }
            }
            return report
        }
    }

    /// Writes in one transaction. What must be unique is the external id.
    private func write<Value: Sendable>(_ change: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        do {
            return try await database.write(change)
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
            throw Problem.externalIDTaken
        }
    }

    private static func insert(_ content: ListingContent, _ account: String, _ database: Database) throws -> Listing {
        try Listing(accountId: account, createdAt: now, updatedAt: now, content: content).inserted(database)
    }

    /// Changes a listing, and returns whether that made a difference.
    private static func set(_ listing: inout Listing, to content: ListingContent, _ database: Database) throws -> Bool {
        guard content != listing.content else { return false }
        listing.content = content
        listing.version += 1
        listing.updatedAt = now
        try listing.update(database)
        return true
    }

    private static func expected(_ id: String, _ account: String, _ expected: EntityTags, _ database: Database) throws -> Listing {
        guard let listing = try find("id", id, account, database) else { throw Problem.unknownListing }
        guard expected.matches(listing.entityTag) else { throw Problem.preconditionFailed }
        return listing
    }

    private static func find(_ column: String, _ value: String, _ account: String, _ database: Database) throws -> Listing? {
        try Listing.filter(Column(column) == value && Column("accountId") == account).fetchOne(database)
    }

    /// The time in whole seconds.
    private static var now: Date { Date(timeIntervalSince1970: Date.now.timeIntervalSince1970.rounded(.down)) }
}
