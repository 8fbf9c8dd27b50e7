internal import EventLog
internal import KeyEvents
public import Ledger
internal import Projections
internal import Storage

/// Questions about the recorded events.
public struct EventQueries: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// Questions about the recorded events.
    public var events: EventQueries { EventQueries(self) }
}

extension EventQueries {
    /// The maximum number of records that one page reads for events that pass the filter. Where few pass, a page is short and another
    /// one follows.
    public static let maxExamined: UInt64 = 10_000

    /// Restricts a filter to what a caller may see. What belongs to another account is reported as what does not exist.
    ///
    /// - Parameters:
    ///   - filter: the requested filter.
    ///   - caller: on whose behalf the events are read.
    /// - Returns: the filter, limited to the caller's account unless the caller sees all.
    /// - Throws: `ServiceError.missingPermission` without the permission to read the log, `.unknownKey` and `.unknownAccount` for what
    ///   the caller does not see; the errors of reading the state.
    public func filter(_ filter: EventFilter, for caller: Caller) throws -> EventFilter {
        try caller.require(.logRead)
        if let id = filter.key {
            guard let state = try ledger.key(id), caller.sees(state.accountID) else { throw ServiceError.unknownKey }
        }
        if let account = filter.account {
            guard caller.sees(account), try exists(account) else { throw ServiceError.unknownAccount }
        }
        var filter = filter
        filter.account = filter.account ?? caller.visibleAccount
        return filter
    }

    /// Whether the account has, or had, a key, or rules of its own.
    private func exists(_ account: AccountID) throws -> Bool {
        try ledger.environment.read { transaction in
            let store = try StateView(ledger.stateTables, transaction).store
            return try !store.keys(of: account, after: nil, limit: 1, transaction).isEmpty
                || store.standing(of: account, transaction) != AccountStanding()
        }
    }

    /// Reads a page of events. The read transactions end before this returns. The filter is not restricted to a caller: see
    /// `filter(_:for:)`.
    ///
    /// - Parameters:
    ///   - filter: which events are read.
    ///   - start: the position of the first record to read.
    ///   - limit: the maximum number of events.
    ///   - bytes: the size after which the page ends, in bytes of the records that passed.
    ///   - before: the position before which records are read.
    /// - Returns: the events, and where to continue.
    /// - Throws: the errors of reading the log and the views; `Cancellation.Cancelled` where the task is cancelled.
    public func eventPage(
        _ filter: EventFilter, from start: UInt64, limit: Int, bytes: Int, before: UInt64 = .max
    ) throws -> EventPage {
        let (first, head) = try ledger.environment.read { (try ledger.reader.firstPosition($0), min(before, try ledger.reader.next($0))) }
        var begin = max(start, first)
        if let since = filter.since { begin = max(begin, try ledger.reader.position(notBefore: since)) }
        let bound = try filter.until.map { try ledger.reader.position(notBefore: $0) }
        let end = min(bound ?? head, head)
        // The log holds a record at that time or later, and so all that come before it.
        let isBounded = end < head
        guard begin < end else {
            return EventPage(events: [], next: max(start, min(begin, end)), rest: isBounded ? .none : .unwritten)
        }
        var collector = EventCollector(filter, limit: limit, bytes: bytes)
        var next = begin
        if let key = filter.key, end - begin > Self.maxExamined {
            next = try collect(historyOf: key, from: begin, to: end, isWhole: filter.types.isEmpty, limit, &collector)
        }
        // This also serves where the views are behind and cannot be brought forward.
        if next == begin { next = try collect(from: begin, to: end, &collector) }
        let rest: EventPage.Rest = next < end ? .unread : isBounded ? .none : .unwritten
        var reading = EventReading(ledger)
        return EventPage(events: try collector.events.map { try reading.recorded($0.event, at: $0.position) }, next: next, rest: rest)
    }

    /// Collects record by record, and returns the position to continue from.
    private func collect(from begin: UInt64, to end: UInt64, _ collector: inout EventCollector) throws -> UInt64 {
        try ledger.reader.scan(from: begin, limit: Int(min(Self.maxExamined, end - begin))) { position, record in
            try collector.take(record, at: position)
            return !collector.isFull
        }
    }

    /// Collects by the history of a key, so that records of other keys cost nothing. `isWhole` says that every event of the key passes.
    private func collect(
        historyOf key: KeyID, from begin: UInt64, to end: UInt64, isWhole: Bool, _ limit: Int, _ collector: inout EventCollector
    ) throws -> UInt64 {
        let views = ledger.viewsAtHead()
        // The position is read before the history, which is complete at least up to it.
        guard let known = try views.exactPosition() else { throw LogError.derivedDamaged(what: "the history of \(key)") }
        let maxPositions = isWhole ? min(limit, Int(Self.maxExamined)) : Int(Self.maxExamined)
        let positions = try views.history(of: key, from: begin, limit: maxPositions)
        return try ledger.environment.read { transaction in
            for position in positions {
                guard position < end else { return end }
                let isThere: Void? = try ledger.reader.record(at: position, transaction) { try collector.take($0, at: position) }
                guard isThere != nil else { throw LogError.missing(position: position) }
                if collector.isFull { return position + 1 }
            }
            // The history is complete up to its last event too.
            let last = positions.last.map { $0 + 1 } ?? begin
            return positions.count == maxPositions ? last : min(end, max(known, last))
        }
    }
}
