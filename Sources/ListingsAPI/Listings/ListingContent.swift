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
    /// Reads the fields of a request in the order of the description. Fields that are left over are refused. Throws a problem
    /// that names every field that is wrong.
    init(_ fields: [String: FieldValue], needsExternalID: Bool = false) throws(Problem) {
        var fields = try RequestFields(fields)
        let externalId = fields.text("externalId", upTo: 100)
        if needsExternalID { _ = fields.required("externalId", externalId, or: "") }
        self.externalId = externalId
        title = fields.required("title", fields.text("title", upTo: 200), or: "")
        description = fields.text("description", upTo: 10_000, isLong: true)
        offer = fields.required("offer", fields.choice("offer"), or: .sale)
        propertyType = fields.required("propertyType", fields.choice("propertyType"), or: .other)
        status = fields.required("status", fields.choice("status"), or: .draft)
        street = fields.required("street", fields.text("street", upTo: 200), or: "")
        city = fields.required("city", fields.text("city", upTo: 100), or: "")
        postalCode = fields.required("postalCode", fields.text("postalCode", upTo: 16), or: "")
        country = fields.required("country", fields.letters("country", count: 2), or: "")
        price = fields.required("price", fields.number("price", in: 0...1_000_000_000_000), or: 0)
        currency = fields.required("currency", fields.letters("currency", count: 3), or: "")
        bedrooms = fields.number("bedrooms", in: 0...1000)
        bathrooms = fields.number("bathrooms", in: 0...1000)
        area = fields.number("area", in: 1...100_000_000)
        try fields.end()
    }

    /// Applies a JSON Merge Patch (RFC 7396): fields that are left out stay, `null` removes a value.
    func merging(_ patch: [String: FieldValue]) throws -> ListingContent {
        let fields = try JSONDecoder().decode([String: FieldValue].self, from: JSONEncoder().encode(self))
        return try ListingContent(fields.merging(patch) { $1 })
    }
}
