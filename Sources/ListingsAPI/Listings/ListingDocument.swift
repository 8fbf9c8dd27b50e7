internal import Foundation

/// The JSON document of a listing. Every field is always present, and `null` when it has no value.
struct ListingDocument: Encodable {
    enum CodingKeys: String, CodingKey {
        case id, externalId, title, description, offer, propertyType, status, street, city, postalCode, country, price, currency
        case bedrooms, bathrooms, area, createdAt, updatedAt
    }

    let listing: Listing

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(listing.id, forKey: .id)
        try container.encode(Self.time(listing.createdAt), forKey: .createdAt)
        try container.encode(Self.time(listing.updatedAt), forKey: .updatedAt)
        // An optional value that is encoded directly becomes null.
        let content = listing.content
        try container.encode(content.externalId, forKey: .externalId)
        try container.encode(content.title, forKey: .title)
        try container.encode(content.description, forKey: .description)
        try container.encode(content.offer, forKey: .offer)
        try container.encode(content.propertyType, forKey: .propertyType)
        try container.encode(content.status, forKey: .status)
        try container.encode(content.street, forKey: .street)
        try container.encode(content.city, forKey: .city)
        try container.encode(content.postalCode, forKey: .postalCode)
        try container.encode(content.country, forKey: .country)
        try container.encode(content.price, forKey: .price)
        try container.encode(content.currency, forKey: .currency)
        try container.encode(content.bedrooms, forKey: .bedrooms)
        try container.encode(content.bathrooms, forKey: .bathrooms)
        try container.encode(content.area, forKey: .area)
    }

    private static func time(_ date: Date) -> String { date.formatted(.iso8601) }
}
