internal import EventLog
public import KeyEvents
internal import Ledger
internal import Projections
internal import Storage

extension EventQueries {
    /// Reads events in ascending order. A page of one key's events costs what the page holds.
    ///
    /// - Parameters:
    ///   - key: the key whose events are read; `nil` for all events.
    ///   - start: the position of the first record to read.
    ///   - limit: the maximum number of events.
    ///   - body: called for each event with its position and its personal fields, as far as they can be read.
    /// - Throws: the errors of reading the log and the views, and what `body` throws.
    public func events(
        of key: KeyID? = nil, from start: UInt64, limit: Int, _ body: (UInt64, Event, PersonalFields?) throws -> Void
    ) throws {
        try readEvents(of: key, from: start, limit: limit) { try body($0, $1, open($1)) }
    }

    /// Reads events as `events` does, with what each event replaces.
    ///
    /// - Parameters:
    ///   - key: the key whose events are read; `nil` for all events.
    ///   - start: the position of the first record to read.
    ///   - limit: the maximum number of events.
    ///   - body: called for each event.
    /// - Throws: the errors of reading the log and the views, and what `body` throws.
    public func recordedEvents(
        of key: KeyID? = nil, from start: UInt64, limit: Int, _ body: (RecordedEvent) throws -> Void
    ) throws {
        var reading = EventReading(ledger)
        try readEvents(of: key, from: start, limit: limit) { try body(reading.recorded($1, at: $0)) }
    }

    private func readEvents(of key: KeyID?, from start: UInt64, limit: Int, _ body: (UInt64, Event) throws -> Void) throws {
        guard let key else {
            var left = limit
            var next = start
            while left > 0 {
                // Events are passed on after the read transaction, since `body` may be slow.
                var page: [(UInt64, Event)] = []
                let end = try ledger.reader.scan(from: next, limit: min(left, 1000)) { position, record in
                    page.append((position, try LogReader.decode(record, at: position)))
                    return true
                }
                for (position, event) in page { try body(position, event) }
                if end == next { return }
                left -= page.count
                next = end
            }
            return
        }
        let views = ledger.viewsAtHead()
        var next = start
        var left = limit
        while left > 0 {
            let positions = try views.history(of: key, from: next, limit: min(left, 1000))
            guard let last = positions.last else { return }
            for position in positions {
                guard let event = try ledger.reader.event(at: position) else { throw LogError.missing(position: position) }
                try body(position, event)
            }
            left -= positions.count
            next = last + 1
        }
    }

    /// Opens the personal fields of an event.
    ///
    /// - Parameter event: the event as it was recorded.
    /// - Returns: the fields; `nil` where the event has none, or where they can no longer be read.
    public func open(_ event: Event) -> PersonalFields? {
        event.sealed.flatMap { ledger.vault.openIfPossible($0, keyID: event.keyID, accountID: event.accountID) }
    }
}
