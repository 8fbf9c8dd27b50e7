internal import Foundation

/// The content of a listing: everything that the account says about a property.
struct ListingContent: Codable, Equatable, Sendable {
    /// The identifier in the account's own system; no two listings of an account have the same.
    @OrNull var externalId: String?
    var title: String
    @OrNull var description: String?
    var offer: Offer
    var propertyType: PropertyType
    var status: Status
    var street: String
    var city: String
    var postalCode: String
    /// The country, in ISO 3166-1 alpha-2.
    var country: String
    /// The price in the currency's smallest unit: 125000 EUR are 1,250.00 euros. For a rent it is the price of a month.
    var price: Int64
    /// The currency, in ISO 4217.
    var currency: String
    @OrNull var bedrooms: Int64?
    @OrNull var bathrooms: Int64?
    /// The area in square metres.
    @OrNull var area: Int64?

    enum Offer: String, Codable, CaseIterable { case sale, rent }
    enum PropertyType: String, Codable, CaseIterable { case apartment, house, land, office, retail, other }
    enum Status: String, Codable, CaseIterable { case draft, active, reserved, closed }
}

extension ListingContent {
    /// Reads the fields of a request in the order of the description. Fields that are left over are refused.
    init(_ fields: [String: FieldValue]) throws(Problem) {
        var fields = try RequestFields(fields)
        externalId = try fields.text("externalId", upTo: 100)
        title = try fields.text("title", upTo: 200).required("title")
        description = try fields.text("description", upTo: 10_000, isLong: true)
        offer = try fields.choice("offer").required("offer")
        propertyType = try fields.choice("propertyType").required("propertyType")
        status = try fields.choice("status").required("status")
        street = try fields.text("street", upTo: 200).required("street")
        city = try fields.text("city", upTo: 100).required("city")
        postalCode = try fields.text("postalCode", upTo: 16).required("postalCode")
        country = try fields.letters("country", count: 2).required("country")
        price = try fields.number("price", in: 0...1_000_000_000_000).required("price")
        currency = try fields.letters("currency", count: 3).required("currency")
        bedrooms = try fields.number("bedrooms", in: 0...1000)
        bathrooms = try fields.number("bathrooms", in: 0...1000)
        area = try fields.number("area", in: 1...100_000_000)
        try fields.end()
    }

    /// Applies a JSON Merge Patch (RFC 7396): fields that are left out stay, `null` removes a value.
    func merging(_ patch: [String: FieldValue]) throws -> ListingContent {
        let fields = try JSONDecoder().decode([String: FieldValue].self, from: JSONEncoder().encode(self))
        return try ListingContent(fields.merging(patch) { $1 })
    }
}
