/// The body of a bulk upsert. An unacceptable row is kept like any other; a body without rows is a problem.
struct Bulk: Decodable {
    private static let maxRows = 500
    private static let wrongCount = Problem.invalid(
        "listings", "The body must be an object with listings, 1 to \(maxRows), and nothing else.")

    let rows: [Row]

    init(from decoder: any Decoder) throws {
        let lists = try decoder.singleValueContainer().decode([String: [Row]].self)
        guard let rows = lists["listings"], lists.count == 1, (1...Self.maxRows).contains(rows.count) else {
            throw Self.wrongCount
        }
        var seen: Set<String> = []
        self.rows = rows.map { row in
            guard case .success = row.content, let id = row.externalId, !seen.insert(id).inserted else { return row }
            let problem = Problem.invalid("externalId", "externalId stands in an earlier row of the same request already.")
            return Row(externalId: id, content: .failure(problem))
        }
    }

    /// One row: a listing with an external id, or the problem with it.
    struct Row: Sendable {
        /// The external id; `nil` when the row has no usable one.
        let externalId: String?
        let content: Result<ListingContent, Problem>
    }
}

extension Bulk.Row: Decodable {
    init(from decoder: any Decoder) throws {
        // No row is read after the last one that may be there.
        guard decoder.codingPath.last?.intValue ?? 0 < Bulk.maxRows else { throw Bulk.wrongCount }
        guard let object = try? decoder.singleValueContainer().decode([String: FieldValue].self) else {
            self.init(externalId: nil, content: .failure(.invalid(nil, "An object is expected.")))
            return
        }
        var fields = try? RequestFields(object)
        let content = Result { () throws(Problem) in try ListingContent(object, needsExternalID: true) }
        self.init(externalId: fields?.text("externalId", upTo: 100), content: content)
    }
}
