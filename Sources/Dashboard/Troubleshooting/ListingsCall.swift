/// What the listings API wants of a call beside a key, by its method and its path. A test holds it against the description of that API.
struct ListingsCall {
    /// Whether the call has a body, which must be called JSON.
    let hasBody: Bool
    /// Whether the call says which state of the listing was seen (`If-Match`).
    let namesState: Bool

    /// - Parameters:
    ///   - method: The method.
    ///   - path: The components of the path, which end with the collection, with `bulk` or with the id of a listing behind it.
    init(_ method: String, _ path: [String]) {
        let rest = path.lastIndex(of: "listings").map { path[($0 + 1)...] }
        let isListing = rest?.count == 1 && rest?.first != "bulk"
        let isCollection = rest.map { $0.isEmpty || $0.count == 1 && $0.first == "bulk" } ?? false
        hasBody = method == "POST" && isCollection || isListing && ["PUT", "PATCH"].contains(method)
        namesState = isListing && ["PUT", "PATCH", "DELETE"].contains(method)
    }
}
