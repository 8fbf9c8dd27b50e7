internal import Hummingbird

/// One page of a list.
struct ListingPage: ResponseEncodable {
    let data: [Listing]
    /// The cursor that requests the next page; `nil` on the last page.
    @OrNull var nextCursor: String?
}
