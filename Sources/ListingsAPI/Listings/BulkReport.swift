internal import Hummingbird

/// The outcome of each row of a bulk upsert, in the order of the rows.
struct BulkReport: ResponseEncodable {
    struct Row: Encodable, Sendable {
        /// The index of the row, from 0.
        let index: Int
        @OrNull var externalId: String?
        let outcome: Outcome
        /// The identifier of the listing; `nil` for an error.
        @OrNull var id: String?
        /// The first field that is at fault; `nil` when there is no error, or the whole row is at fault.
        @OrNull var field: String?
        /// Plain sentences that describe everything that is wrong; `nil` when nothing is.
        @OrNull var detail: String?
        /// The same, field by field; empty when nothing is wrong.
        let errors: [FieldError]
    }

    enum Outcome: String, Encodable, CaseIterable {
        case created, updated, unchanged, error
    }

    private(set) var results: [Row] = []
    private(set) var counts = Dictionary(uniqueKeysWithValues: Outcome.allCases.map { ($0.rawValue, 0) })

    mutating func add(_ row: Bulk.Row, _ outcome: Outcome, _ listing: Listing? = nil, problem: Problem? = nil) {
        results.append(
            Row(
                index: results.count, externalId: row.externalId, outcome: outcome, id: listing?.id, field: problem?.field,
                detail: problem?.detail, errors: problem?.errors ?? []))
        counts[outcome.rawValue, default: 0] += 1
    }
}
