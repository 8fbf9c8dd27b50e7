internal import EventLog
internal import KeyEvents

/// Collects the events that pass a filter from records in the order of the log, until a page is full. The times of the filter are
/// positions by then.
struct EventCollector {
    private let key: KeyID?
    private let account: AccountID?
    /// The fields of the event types that pass; empty for all.
    private let bodyFields: Set<Int>
    private let limit: Int
    private let bytes: Int
    private var size = 0
    private(set) var events: [(position: UInt64, event: Event)] = []

    init(_ filter: EventFilter, limit: Int, bytes: Int) {
        key = filter.key
        account = filter.account
        bodyFields = Set(filter.types.map(\.bodyField))
        self.limit = limit
        self.bytes = bytes
    }

    var isFull: Bool { events.count >= limit || size >= bytes }

    mutating func take(_ record: Span<UInt8>, at position: UInt64) throws {
        guard let header = EventHeader(record) else {
            throw LogError.damaged(position: position, what: "the record cannot be decoded")
        }
        if let key, header.keyID != key { return }
        if !bodyFields.isEmpty, !bodyFields.contains(header.bodyField) { return }
        let event = try LogReader.decode(record, at: position)
        if let account, event.accountID != account { return }
        events.append((position, event))
        size += record.count
    }
}
