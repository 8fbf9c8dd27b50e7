/// The outcome of each row of a bulk upsert, in the order of the rows.
struct BulkReport: Encodable {
    struct Row: Encodable {
        enum CodingKeys: String, CodingKey {
            case index, externalId, outcome, id, field, detail
        }

        /// The index of the row, from 0.
        let index: Int
        let externalId: String?
        let outcome: Outcome
        /// The identifier of the listing; `nil` for an error.
        var id: String?
        /// The field that is at fault; `nil` when there is no error, or the whole row is at fault.
        var field: String?
        /// One plain sentence that describes the error; `nil` when there is none.
        var detail: String?

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(index, forKey: .index)
            try container.encode(externalId, forKey: .externalId)
            try container.encode(outcome, forKey: .outcome)
            try container.encode(id, forKey: .id)
            try container.encode(field, forKey: .field)
            try container.encode(detail, forKey: .detail)
        }
    }

    enum Outcome: String, Encodable, CaseIterable {
        case created, updated, unchanged, error
    }

    enum CodingKeys: String, CodingKey {
        case results, counts
    }

    let rows: [Row]

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rows, forKey: .results)
        let counts = Outcome.allCases.map { outcome in (outcome.rawValue, rows.count { $0.outcome == outcome }) }
        try container.encode(Dictionary(uniqueKeysWithValues: counts), forKey: .counts)
    }
}
