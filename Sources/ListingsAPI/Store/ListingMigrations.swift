internal import GRDB

/// The versions of the database's schema. A released migration is never changed; new ones are added.
enum ListingMigrations {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("listings") { database in
            try database.create(table: Listing.databaseTableName, options: .strict) { table in
                // A sequence number is never reused, so that a cursor and an entity tag stay valid for one listing only.
                table.autoIncrementedPrimaryKey("sequence")
                table.column("id", .text).notNull().unique()
                table.column("accountId", .text).notNull()
                table.column("externalId", .text)
                for name in ["title", "offer", "propertyType", "status", "street", "city", "postalCode", "country", "currency"] {
                    table.column(name, .text).notNull()
                }
                table.column("description", .text)
                table.column("price", .integer).notNull()
                for name in ["bedrooms", "bathrooms", "area"] { table.column(name, .integer) }
                table.column("version", .integer).notNull()
                for name in ["createdAt", "updatedAt"] { table.column(name, .text).notNull() }
                table.uniqueKey(["accountId", "externalId"])
            }
            try database.create(index: "listing_by_account", on: Listing.databaseTableName, columns: ["accountId", "sequence"])
            try database.create(
                index: "listing_by_account_and_status", on: Listing.databaseTableName, columns: ["accountId", "status", "sequence"])
        }
        return migrator
    }
}
