internal import EventLog
public import KeyEvents
public import Projections
internal import Storage

/// A key as lists show it.
public struct ListedKey: Sendable {
    public let key: KeyView
    public let usage: KeyUsage
}

extension Ledger {
    /// The key's state, whoever it belongs to.
    public func key(_ id: KeyID) throws -> KeyState? {
        try environment.read { transaction in try StateView(stateTables, transaction).store.key(id, transaction) }
    }

    /// The state with its personal fields, as far as they can be read.
    public func view(_ state: KeyState) -> KeyView { KeyView(state, vault) }

    /// A key its caller may see.
    public func keyView(_ id: KeyID, for caller: Caller) throws -> KeyView {
        guard let state = try key(id), caller.sees(state.accountID) else { throw ServiceError.unknownKey }
        return KeyView(state, vault)
    }

    /// Keys in the order of their creation, newest first if asked; of one account, or of all that the caller sees.
    public func listKeys(
        for caller: Caller, account: AccountID? = nil, after previous: KeyID? = nil, limit: Int, newestFirst: Bool = false
    ) throws -> [ListedKey] {
        if let account, !caller.sees(account) { throw ServiceError.unknownAccount }
        try Cancellation.check()
        bringViewsForward()
        let states = try environment.read { transaction in
            try StateView(stateTables, transaction).store.keys(
                of: account ?? caller.visibleAccount, after: previous, limit: limit, descending: newestFirst, transaction)
        }
        let usage = try views.usage(of: states.map(\.id))
        return states.map { ListedKey(key: KeyView($0, vault), usage: usage[$0.id] ?? KeyUsage()) }
    }

    public func usage(of id: KeyID, for caller: Caller) throws -> ListedKey {
        let view = try keyView(id, for: caller)
        bringViewsForward()
        return ListedKey(key: view, usage: try views.usage(of: [id])[id] ?? KeyUsage())
    }

    /// A key's presentations by hour or day.
    public func buckets(
        _ bucket: Views.Bucket, of id: KeyID, from start: Timestamp, to end: Timestamp, limit: Int, for caller: Caller
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        _ = try keyView(id, for: caller)
        bringViewsForward()
        return try views.buckets(bucket, of: id, from: start, to: end, limit: limit)
    }

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
        var reading = EventReading(self)
        try readEvents(of: key, from: start, limit: limit) { try body(reading.recorded($1, at: $0)) }
    }

    private func readEvents(of key: KeyID?, from start: UInt64, limit: Int, _ body: (UInt64, Event) throws -> Void) throws {
        guard let key else {
            var left = limit
            var next = start
            while left > 0 {
                // Events are handed out after the read transaction: `body` may be slow.
                var page: [(UInt64, Event)] = []
                let end = try reader.scan(from: next, limit: min(left, 1000)) { position, record in
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
        bringViewsForward()
        var next = start
        var left = limit
        while left > 0 {
            let positions = try views.history(of: key, from: next, limit: min(left, 1000))
            guard let last = positions.last else { return }
            for position in positions {
                guard let event = try reader.event(at: position) else { throw LogError.missing(position: position) }
                try body(position, event)
            }
            left -= positions.count
            next = last + 1
        }
    }

    /// Returns the position after the last record as soon as it is beyond `known`, whichever process appended.
    public func waitForMore(than known: UInt64) async throws -> UInt64 { try await sequencer.waitForMore(than: known) }

    /// Of what is sealed in the log, as far as the data keys are at hand.
    public var opener: any PersonalFieldsOpener { vault }

    /// The personal fields of an event, where they can still be read.
    public func open(_ event: Event) -> PersonalFields? {
        event.sealed.flatMap { vault.openIfPossible($0, keyID: event.keyID, accountID: event.accountID) }
    }

    /// A person sees what they just did. Where the views cannot be brought forward, for instance because the disk is full,
    /// what they hold is shown.
    public func bringViewsForward() {
        do {
            try views.catchUp()
        } catch is Cancellation.Cancelled {
            // Whatever follows says so too, and nobody waits for it.
        } catch {
            options.report("The usage figures could not be brought up to date: \(error)")
        }
    }
}
