internal import EventLog
public import KeyEvents
internal import Ledger
internal import Projections
internal import Storage

extension EventQueries {
    /// Events from a position on: of one key, or all. A page of one key's events costs the page.
    public func events(
        of key: KeyID? = nil, from start: UInt64, limit: Int, _ body: (UInt64, Event, PersonalFields?) throws -> Void
    ) throws {
        try readEvents(of: key, from: start, limit: limit) { try body($0, $1, open($1)) }
    }

    /// As above, with what each event replaces.
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
                // Events are handed out after the read transaction: `body` may be slow.
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

    /// The personal fields of an event, where they can still be read.
    public func open(_ event: Event) -> PersonalFields? {
        event.sealed.flatMap { ledger.vault.openIfPossible($0, keyID: event.keyID, accountID: event.accountID) }
    }
}
