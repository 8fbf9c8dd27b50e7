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

    enum Offer: String, Choice { case sale, rent }
    enum PropertyType: String, Choice { case apartment, house, land, office, retail, other }
    enum Status: String, Choice { case draft, active, reserved, closed }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case externalId, title, description, offer, propertyType, status, street, city, postalCode, country, price, currency
        case bedrooms, bathrooms, area
    }
}
