import APITestSupport
import HTTPTypes

extension Answer {
    /// The field that a problem is about.
    var field: String? { self["field"]?.string }
    /// The id of a listing.
    var id: String { self["id"]?.string ?? "" }
    /// The entity tag of a listing.
    var tag: String { headers[.eTag] ?? "" }
}
