internal import Foundation
internal import GRDB
internal import HTTPTypes
internal import Hummingbird

/// A listing: its content, and what the service adds. Its encoding is the document that callers get.
struct Listing: Encodable, Sendable {
    /// The order of creation, assigned by the store.
    var sequence: Int64?
    var id = idPrefix + UUID().uuidString.lowercased().replacing("-", with: "")
    let accountId: String
    /// The number of the current version, from 1.
    var version: Int64 = 1
    let createdAt: Date
    var updatedAt: Date
    var content: ListingContent

    private static let idPrefix = "lst_"

    private enum CodingKeys: String, CodingKey { case id, createdAt, updatedAt }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(updatedAt, forKey: .updatedAt)
        try content.encode(to: encoder)
    }
}

extension Listing: ResponseEncodable {
    /// The strong entity tag of the listing: no two states of any listing share one.
    var entityTag: String { "\"\(id.dropFirst(Self.idPrefix.count))-\(version)\"" }

    /// A caller may store a listing, and must ask whether it is still the same before using it again.
    var headers: HTTPFields { [.eTag: entityTag, .cacheControl: "private, no-cache"] }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        var response = try context.responseEncoder.encode(self, from: request, context: context)
        for field in headers { response.headers[field.name] = field.value }
        return response
    }
}

// The content's fields are columns of the same row as the others.
extension ListingContent: FetchableRecord, EncodableRecord {}

extension Listing: FetchableRecord, MutablePersistableRecord {
    static let databaseTableName = "listing"

    init(row: Row) throws {
        sequence = try row.decode(forColumn: "sequence")
        id = try row.decode(forColumn: "id")
        accountId = try row.decode(forColumn: "accountId")
        version = try row.decode(forColumn: "version")
        createdAt = try row.decode(forColumn: "createdAt")
        updatedAt = try row.decode(forColumn: "updatedAt")
        content = try ListingContent(row: row)
    }

    func encode(to container: inout PersistenceContainer) throws {
        try content.encode(to: &container)
        container["sequence"] = sequence
        container["id"] = id
        container["accountId"] = accountId
        container["version"] = version
        container["createdAt"] = createdAt
        container["updatedAt"] = updatedAt
    }

    mutating func didInsert(_ inserted: InsertionSuccess) { sequence = inserted.rowID }
}
