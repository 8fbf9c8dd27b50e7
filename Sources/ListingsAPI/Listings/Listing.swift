internal import Foundation
internal import GRDB

/// A listing as it is stored.
struct Listing: Codable, Equatable, Sendable {
    /// The order of creation, assigned by the store.
    var sequence: Int64?
    let id: String
    let accountId: String
    /// The number of the current version, from 1.
    var version: Int64
    let createdAt: Date
    var updatedAt: Date
    var content: ListingContent

    enum CodingKeys: String, CodingKey {
        case sequence, id, accountId, version, createdAt, updatedAt
    }

    init(id: String, accountId: String, content: ListingContent, at now: Date) {
        self.id = id
        self.accountId = accountId
        self.content = content
        version = 1
        createdAt = now
        updatedAt = now
    }

    // The content's fields are columns of the same row as the others.

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sequence = try container.decodeIfPresent(Int64.self, forKey: .sequence)
        id = try container.decode(String.self, forKey: .id)
        accountId = try container.decode(String.self, forKey: .accountId)
        version = try container.decode(Int64.self, forKey: .version)
        createdAt = try container.decode(Date.self, forKey: .createdAt)
        updatedAt = try container.decode(Date.self, forKey: .updatedAt)
        content = try ListingContent(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(sequence, forKey: .sequence)
        try container.encode(id, forKey: .id)
        try container.encode(accountId, forKey: .accountId)
        try container.encode(version, forKey: .version)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
        try content.encode(to: encoder)
    }

    /// The strong entity tag of the listing: no two states of any listing share one.
    var entityTag: String { "\"\(id.dropFirst(Self.idPrefix.count))-\(version)\"" }

    private static let idPrefix = "lst_"

    static func makeID() -> String { idPrefix + UUID().uuidString.lowercased().filter { $0 != "-" } }

    static func isID(_ text: String) -> Bool {
        let digits = text.utf8.dropFirst(idPrefix.utf8.count)
        return text.hasPrefix(idPrefix) && digits.count == 32
            && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}

extension Listing: FetchableRecord, MutablePersistableRecord {
    static let databaseTableName = "listing"

    enum Columns {
        static let sequence = Column("sequence")
        static let id = Column("id")
        static let accountId = Column("accountId")
        static let externalId = Column("externalId")
        static let status = Column("status")
    }

    mutating func didInsert(_ inserted: InsertionSuccess) { sequence = inserted.rowID }
}
