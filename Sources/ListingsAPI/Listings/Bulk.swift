/// The body of a bulk upsert. An unacceptable row is kept like any other; a body without rows is a problem.
struct Bulk: Decodable {
    /// A listing with an external id, or the problem with it.
    struct Row: Decodable, Sendable {
        /// The external id; `nil` when the row has no usable one.
        let externalId: String?
        var content: Result<ListingContent, Problem>

        init(from decoder: any Decoder) throws {
            if case .text(let text)? = try? decoder.requestFields()["externalId"],
                (try? ListingRequest.checkText("externalId", text, upTo: 100)) != nil
            {
                externalId = text
            } else {
                externalId = nil
            }
            do {
                let content = try ListingRequest(from: decoder).content
                guard externalId != nil else { throw Problem.invalid("externalId", "externalId is missing.") }
                self.content = .success(content)
            } catch let problem as Problem {
                content = .failure(problem)
            } catch let error as DecodingError {
                content = .failure(Problem(error))
            }
        }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable { case listings }

    private static let maxRows = 500

    private(set) var rows: [Row] = []

    init(from decoder: any Decoder) throws {
        try decoder.refuseFields(exceptOf: CodingKeys.self)
        var listings = try decoder.container(keyedBy: CodingKeys.self).nestedUnkeyedContainer(forKey: .listings)
        let count = listings.count ?? 0
        guard (1...Self.maxRows).contains(count) else {
            throw Problem.invalid("listings", "listings must hold 1 to \(Self.maxRows) listings, not \(count).")
        }
        var seen: Set<String> = []
        while !listings.isAtEnd {
            var row = try listings.decode(Row.self)
            if case .success(let content) = row.content, let id = content.externalId, !seen.insert(id).inserted {
                row.content = .failure(.invalid("externalId", "externalId stands in an earlier row of the same request already."))
            }
            rows.append(row)
        }
    }
}
