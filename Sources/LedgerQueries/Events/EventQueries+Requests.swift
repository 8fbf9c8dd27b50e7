internal import EventLog
public import KeyEvents
public import Ledger
internal import Projections
internal import Storage

extension EventQueries {
    /// Reads the requests that were made with a key, newest first: its uses and refusals. A page costs what it holds, however often the
    /// key was used; one of a certain outcome looks only into the hours in which that was counted.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - outcome: which requests are read.
    ///   - before: the position before which records are read; `nil` for the newest.
    ///   - limit: the maximum number of records. A record may count several requests.
    ///   - caller: on whose behalf the key is read; needs the permission to read keys.
    /// - Returns: the records as the caller may see them.
    /// - Throws: `ServiceError` where the permission is missing or the caller sees no such key; the errors of reading the log, the
    ///   state and the views.
    public func requests(
        of id: KeyID, _ outcome: RequestOutcome = .any, before: UInt64? = nil, limit: Int, for caller: Caller
    ) throws -> NewestEvents {
        try caller.require(.keysRead)
        _ = try ledger.keys.decryptedKey(id, for: caller)
        let limit = min(max(1, limit), Int(Int32.max))
        // One more than the page holds tells whether another page follows.
        var search = RequestSearch(ledger, id, outcome, limit: limit + 1)
        try search.read(before: before ?? .max)
        let page = search.found.prefix(limit)
        let next = search.found.count > limit ? page.last : search.unreadBefore
        return NewestEvents(events: try recorded(page, for: caller), next: next)
    }

    /// Reads the newest record of an accepted request of a key.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - before: the position before which records are read; `nil` for the newest.
    ///   - caller: on whose behalf the key is read; needs the permission to read keys.
    /// - Returns: the record as the caller may see it; `nil` where none is recorded, or none within as many records as one page reads.
    /// - Throws: as `requests`.
    public func lastUse(of id: KeyID, before: UInt64? = nil, for caller: Caller) throws -> RecordedEvent? {
        try requests(of: id, .accepted, before: before, limit: 1, for: caller).events.first
    }
}

/// A search for the newest requests of a key, backwards through its history.
private struct RequestSearch {
    /// The maximum number of records that one search reads.
    private static let maxExamined = 20_000
    private static let chunk = 256
    private static let hoursAtATime = 1000

    private let ledger: Ledger
    private let views: Views
    private let key: KeyID
    private let outcome: RequestOutcome
    private let limit: Int
    private var examined = 0
    /// The positions of the requests that were found, newest first.
    private(set) var found: [UInt64] = []
    /// The position before which the search has not read, because it has read as many records as it may; `nil` otherwise.
    private(set) var unreadBefore: UInt64?

    init(_ ledger: Ledger, _ key: KeyID, _ outcome: RequestOutcome, limit: Int) {
        self.ledger = ledger
        self.key = key
        self.outcome = outcome
        self.limit = limit
        views = ledger.viewsAtHead()
    }

    private var isOver: Bool { found.count >= limit || unreadBefore != nil }

    mutating func read(before end: UInt64) throws {
        if outcome == .any { return try read(from: 0, before: end) }
        // Hours without such a request are passed over: a year of uses hides no refusal.
        var bound = try ledger.reader.event(at: end).map { $0.recordedAt + .milliseconds(1) }
        while !isOver {
            let hours = try views.newestBuckets(.hour, of: key, before: bound, limit: Self.hoursAtATime)
            guard let oldest = hours.last else { return }
            for hour in hours where outcome.occurs(in: hour.counts) {
                try Cancellation.check()
                let start = try ledger.reader.position(notBefore: hour.start)
                let stop = try ledger.reader.position(notBefore: hour.start + Views.Bucket.hour.width)
                try read(from: start, before: min(end, stop))
                if isOver { return }
            }
            bound = oldest.start
        }
    }

    private mutating func read(from start: UInt64, before end: UInt64) throws {
        var end = end
        while !isOver, end > start {
            let positions = try views.newestHistory(of: key, from: start, before: end, limit: Self.chunk)
            guard let oldest = positions.last else { return }
            try examine(positions)
            end = oldest
        }
    }

    private mutating func examine(_ positions: [UInt64]) throws {
        try ledger.environment.read { transaction in
            for position in positions {
                if examined >= Self.maxExamined { unreadBefore = unreadBefore ?? position + 1 }
                if isOver { return }
                examined += 1
                let isShown = try ledger.reader.record(at: position, transaction) { record in
                    UseSummary(record).map { outcome.includes($0.code) } ?? false
                }
                guard let isShown else { throw LogError.missing(position: position) }
                if isShown { found.append(position) }
            }
        }
    }
}
