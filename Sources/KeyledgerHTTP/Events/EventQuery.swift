internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries

/// The query for events that a call makes, as a page or as a stream.
struct EventQuery: Sendable {
    static let parameters = ["keyId", "account", "type", "since", "until", "from"]

    let filter: EventFilter
    /// The position of the first event to return.
    let from: UInt64?

    init(_ query: Query) throws {
        let types = try query.values("type").map { text throws(Problem) in
            guard let type = EventType(rawValue: text) else {
                throw .invalid("type", "must be among: \(EventType.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            return type
        }
        let (since, until) = (try query.time("since"), try query.time("until"))
        if let since, let until, since >= until { throw Problem.invalid("since", "must lie before until.") }
        filter = EventFilter(
            key: try query["keyId"].map { text throws(ServiceError) in
                guard let key = KeyID(text) else { throw .unknownKey }
                return key
            },
            account: try query["account"].map { text throws(ServiceError) in
                guard let account = AccountID(text) else { throw .unknownAccount }
                return account
            },
            types: Set(types), since: since, until: until)
        from = try query.position("from")
    }
}
