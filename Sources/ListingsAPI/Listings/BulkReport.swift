internal import Hummingbird

/// The outcome of each row of a bulk upsert, in the order of the rows.
struct BulkReport: ResponseEncodable {
    struct Row: Encodable, Sendable {
        /// The index of the row, from 0.
        let index: Int
        @OrNull var externalId: String?
        let outcome: Outcome
        /// The identifier of the listing; `nil` for an error.
        @OrNull var id: String? = nil
        /// The field that is at fault; `nil` when there is no error, or the whole row is at fault.
        @OrNull var field: String? = nil
        /// One plain sentence that describes the error; `nil` when there is none.
        @OrNull var detail: String? = nil
    }

    enum Outcome: String, Encodable, CaseIterable {
        case created, updated, unchanged, error
    }

    let results: [Row]
    let counts: [String: Int]

    init(_ results: [Row]) {
        self.results = results
        counts = Dictionary(uniqueKeysWithValues: Outcome.allCases.map { outcome in (outcome.rawValue, results.count { $0.outcome == outcome }) })
    }
}
