/// One page of a list.
struct ListingPage: Encodable {
    enum CodingKeys: String, CodingKey {
        case data, nextCursor
    }

    let listings: [Listing]
    /// The cursor that requests the next page; `nil` on the last page.
    let next: Cursor?

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(listings.map(ListingDocument.init), forKey: .data)
        try container.encode(next?.text, forKey: .nextCursor)
    }
}
