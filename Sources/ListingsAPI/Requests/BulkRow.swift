/// One row of a bulk upsert: a listing with an external id, or the problem with it.
struct BulkRow: Sendable {
    static let most = 500

    let index: Int
    /// The external id; `nil` when the row has no usable one.
    let externalId: String?
    let content: Result<ListingContent, Problem>

    /// Reads all rows of a request's body. An unacceptable row is returned like any other; a body without rows is a problem.
    static func rows(_ body: JSONValue) throws(Problem) -> [BulkRow] {
        var fields = try RequestFields(body)
        let elements = try fields.required("listings", fields.list("listings"))
        try fields.end()
        guard (1...most).contains(elements.count) else {
            throw .invalid("listings", "listings must hold 1 to \(most) listings, not \(elements.count).")
        }
        var seen: Set<String> = []
        return elements.enumerated().map { index, element in BulkRow(index, element, &seen) }
    }

    private init(_ index: Int, _ value: JSONValue, _ seen: inout Set<String>) {
        self.index = index
        do throws(Problem) {
            let content = try ListingContent(try RequestFields(value))
            guard let externalId = content.externalId else { throw .invalid("externalId", "externalId is missing.") }
            guard seen.insert(externalId).inserted else {
                throw .invalid("externalId", "externalId stands in an earlier row of the same request already.")
            }
            self.externalId = externalId
            self.content = .success(content)
        } catch {
            externalId = Self.externalID(value)
            content = .failure(error)
        }
    }

    private static func externalID(_ value: JSONValue) -> String? {
        guard var fields = try? RequestFields(value) else { return nil }
        return try? fields.text("externalId", upTo: 100)
    }
}
