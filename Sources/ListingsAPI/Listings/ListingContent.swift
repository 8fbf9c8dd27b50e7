/// The content of a listing: everything that the account says about a property.
struct ListingContent: Codable, Equatable, Sendable {
    /// The identifier in the account's own system; no two listings of an account have the same.
    var externalId: String?
    var title: String
    var description: String?
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
    var bedrooms: Int64?
    var bathrooms: Int64?
    /// The area in square metres.
    var area: Int64?

    enum Offer: String, Codable, CaseIterable, Sendable {
        case sale, rent
    }

    enum PropertyType: String, Codable, CaseIterable, Sendable {
        case apartment, house, land, office, retail, other
    }

    enum Status: String, Codable, CaseIterable, Sendable {
        case draft, active, reserved, closed
    }
}

extension ListingContent {
    /// Reads the fields in the order of the description. Fields that are left over are refused.
    init(_ fields: RequestFields) throws(Problem) {
        var fields = fields
        externalId = try fields.text("externalId", upTo: 100)
        title = try fields.required("title", fields.text("title", upTo: 200))
        description = try fields.text("description", upTo: 10_000, isLong: true)
        offer = try fields.required("offer", fields.choice("offer"))
        propertyType = try fields.required("propertyType", fields.choice("propertyType"))
        status = try fields.required("status", fields.choice("status"))
        street = try fields.required("street", fields.text("street", upTo: 200))
        city = try fields.required("city", fields.text("city", upTo: 100))
        postalCode = try fields.required("postalCode", fields.text("postalCode", upTo: 16))
        country = try fields.required("country", fields.letters("country", count: 2))
        price = try fields.required("price", fields.wholeNumber("price", in: 0...1_000_000_000_000))
        currency = try fields.required("currency", fields.letters("currency", count: 3))
        bedrooms = try fields.wholeNumber("bedrooms", in: 0...1000)
        bathrooms = try fields.wholeNumber("bathrooms", in: 0...1000)
        area = try fields.wholeNumber("area", in: 1...100_000_000)
        try fields.end()
    }
}
