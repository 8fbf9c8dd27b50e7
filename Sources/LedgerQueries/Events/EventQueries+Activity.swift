internal import EventLog
internal import KeyEvents
public import Ledger
internal import Projections
internal import Storage

extension EventQueries {
    /// Reads what was done to keys, newest first: all events of keys but uses and refusals. A page costs what it holds and what it has
    /// looked at, which is bounded, however often the keys were used.
    ///
    /// - Parameters:
    ///   - filter: which events are read. Without an account they are those of every account that the caller sees.
    ///   - before: the position before which events are read; `nil` for the newest.
    ///   - limit: the maximum number of events.
    ///   - caller: on whose behalf the events are read; needs the permission to read keys.
    ///   - isShown: a further condition, which gets each event as the caller may see it, without what it replaces; `nil` where there
    ///     is none.
    /// - Returns: the events as the caller may see them, with what each replaces.
    /// - Throws: `ServiceError` where the permission is missing or the account is not the caller's; the errors of reading the log, the
    ///   state and the views.
    public func activity(
        _ filter: EventFilter, before: UInt64? = nil, limit: Int, for caller: Caller, where isShown: ((RecordedEvent) -> Bool)? = nil
    ) throws -> NewestEvents {
        try caller.require(.keysRead)
        if let account = filter.account, !caller.sees(account) { throw ServiceError.unknownAccount }
        var filter = filter
        filter.account = filter.account ?? caller.visibleAccount
        let limit = min(max(1, limit), Int(Int32.max))
        let start = try filter.since.map { try ledger.reader.position(notBefore: $0) } ?? 0
        let end = try min(before ?? .max, filter.until.map { try ledger.reader.position(notBefore: $0) } ?? .max)
        // One more than the page holds tells whether another page follows.
        var search = ActivitySearch(ledger, filter, limit: limit + 1)
        try search.read(from: start, before: end) { event, position in
            guard let isShown else { return true }
            return isShown(disclosed(RecordedEvent(position: position, event: event, personal: open(event)), to: caller))
        }
        let page = search.found.prefix(limit)
        let next = search.found.count > limit ? page.last : search.unreadBefore
        return NewestEvents(events: try recorded(page, for: caller), next: next)
    }
}

/// A search for the newest events of keys, backwards through the log.
private struct ActivitySearch {
    /// The maximum number of events that one search looks at.
    private static let maxExamined = 20_000
    /// The maximum number of events among them that one search opens, which costs more.
    private static let maxOpened = 1000
    /// The maximum number of keys of an account whose histories are merged; the events of larger accounts are looked for among all.
    private static let maxKeys = 10_000
    private static let chunk = 1000

    private let ledger: Ledger
    private let views: Views
    private let account: AccountID?
    private let key: KeyID?
    /// The fields of the event types that are looked for; empty for all.
    private let bodyFields: Set<Int>
    private let limit: Int
    private var examined = 0
    private var opened = 0
    /// The positions of the events that were found, newest first.
    private(set) var found: [UInt64] = []
    /// The position before which the search has not read, because it has read as much as it may; `nil` otherwise.
    private(set) var unreadBefore: UInt64?

    init(_ ledger: Ledger, _ filter: EventFilter, limit: Int) {
        self.ledger = ledger
        self.limit = limit
        account = filter.account
        key = filter.key
        bodyFields = Set(filter.types.map(\.bodyField))
        views = ledger.viewsAtHead()
    }

    private var isOver: Bool { found.count >= limit || unreadBefore != nil }

    mutating func read(from start: UInt64, before end: UInt64, where isShown: (Event, UInt64) throws -> Bool) throws {
        if let positions = try positionsOfKeys(from: start, before: end) { return try examine(positions[...], isShown) }
        var end = end
        while !isOver, end > start {
            try Cancellation.check()
            let positions = try views.newestChanges(from: start, before: end, limit: Self.chunk)
            guard let oldest = positions.last else { return }
            try examine(positions[...], isShown)
            end = oldest
        }
    }

    /// Returns the positions of the events of one key, or of an account's keys, newest first, no more than the search looks at and one
    /// more; `nil` where they are to be looked for among the events of all keys.
    private func positionsOfKeys(from start: UInt64, before end: UInt64) throws -> [UInt64]? {
        guard let ids = try keys() else { return nil }
        var positions: [UInt64] = []
        for id in ids {
            try Cancellation.check()
            positions += try views.lifecyclePositions(of: id, before: end, limit: Self.maxExamined + 1).prefix { $0 >= start }
        }
        return Array(positions.sorted(by: >).prefix(Self.maxExamined + 1))
    }

    private func keys() throws -> [KeyID]? {
        if let key { return [key] }
        guard let account else { return nil }
        let states = try ledger.environment.read { transaction in
            try StateView(ledger.stateTables, transaction).store.keys(of: account, after: nil, limit: Self.maxKeys + 1, transaction)
        }
        return states.count > Self.maxKeys ? nil : states.map(\.id)
    }

    private mutating func examine(_ positions: ArraySlice<UInt64>, _ isShown: (Event, UInt64) throws -> Bool) throws {
        // Events are passed on after the read transaction, since opening them may be slow.
        for position in positions {
            if isOver { return }
            guard examined < Self.maxExamined, opened < Self.maxOpened else {
                unreadBefore = position + 1
                return
            }
            examined += 1
            guard let event = try event(at: position) else { continue }
            opened += 1
            if try isShown(event, position) { found.append(position) }
        }
    }

    /// The event at a position; `nil` where it is none of the events that are looked for.
    private func event(at position: UInt64) throws -> Event? {
        let isThere: Event?? = try ledger.environment.read { transaction in
            try ledger.reader.record(at: position, transaction) { record in
                guard let header = EventHeader(record), bodyFields.isEmpty || bodyFields.contains(header.bodyField) else { return nil }
                if let key, header.keyID != key { return nil }
                let event = try LogReader.decode(record, at: position)
                return account == nil || event.accountID == account ? event : nil
            }
        }
        guard let event = isThere else { throw LogError.missing(position: position) }
        return event
    }
}
