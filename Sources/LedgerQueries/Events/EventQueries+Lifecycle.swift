internal import EventLog
public import KeyEvents
public import Ledger
internal import Projections

extension EventQueries {
    /// Reads what was done to a key, newest first: all its events but uses and refusals. A page costs what it holds, however often the
    /// key was used.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - before: the position before which events are read; `nil` for the newest.
    ///   - limit: the maximum number of events.
    ///   - caller: on whose behalf the key is read; needs the permission to read keys.
    /// - Returns: the events as the caller may see them, with what each replaces.
    /// - Throws: `ServiceError` where the permission is missing or the caller sees no such key; the errors of reading the log, the
    ///   state and the views.
    public func lifecycle(of id: KeyID, before: UInt64? = nil, limit: Int, for caller: Caller) throws -> NewestEvents {
        try caller.require(.keysRead)
        _ = try ledger.keys.decryptedKey(id, for: caller)
        let limit = min(max(1, limit), Int(Int32.max))
        // One more than the page holds tells whether another page follows.
        let positions = try ledger.viewsAtHead().lifecyclePositions(of: id, before: before, limit: limit + 1)
        let page = try recorded(positions.prefix(limit), for: caller)
        return NewestEvents(events: page, next: positions.count > limit ? page.last?.position : nil)
    }

    /// Reads the event that created a key.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - caller: on whose behalf the key is read.
    /// - Returns: the event as the caller may see it; `nil` where the log has another event in its place.
    /// - Throws: `ServiceError.unknownKey` where the caller sees no such key; the errors of reading the log and the state.
    public func creation(of id: KeyID, for caller: Caller) throws -> RecordedEvent? {
        let position = try ledger.keys.decryptedKey(id, for: caller).state.createdPosition
        guard let event = try ledger.reader.event(at: position), event.keyID == id, case .created = event.body else { return nil }
        return disclosed(RecordedEvent(position: position, event: event, personal: open(event)), to: caller)
    }

    /// Counts the accepted uses of a key since a time.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - start: the time; uses count from the beginning of its hour (UTC) on.
    ///   - caller: on whose behalf the key is read; needs the permission to read keys.
    /// - Returns: the number of uses.
    /// - Throws: `ServiceError` where the permission is missing or the caller sees no such key; the errors of reading the state and the
    ///   views.
    public func uses(of id: KeyID, since start: Timestamp, for caller: Caller) throws -> UInt64 {
        try caller.require(.keysRead)
        _ = try ledger.keys.decryptedKey(id, for: caller)
        return try ledger.viewsAtHead().buckets(.hour, of: id, from: start, to: Timestamp(microseconds: .max), limit: .max)
            .reduce(0) { $0.saturatingAdding($1.counts.uses) }
    }

    /// Reads events with what each replaces.
    ///
    /// - Parameters:
    ///   - positions: the positions of the events, newest first.
    ///   - caller: on whose behalf they are read.
    /// - Returns: the events as the caller may see them, newest first.
    /// - Throws: the errors of reading the log and the views.
    func recorded(_ positions: some BidirectionalCollection<UInt64>, for caller: Caller) throws -> [RecordedEvent] {
        // What an event replaces follows from the events before it, so they are read in the order of the log.
        var reading = EventReading(ledger)
        return try positions.reversed().map { position in
            guard let event = try ledger.reader.event(at: position) else { throw LogError.missing(position: position) }
            return disclosed(try reading.recorded(event, at: position), to: caller)
        }.reversed()
    }
}
