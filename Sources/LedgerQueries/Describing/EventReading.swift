internal import EventLog
public import KeyEvents
public import Ledger
internal import Projections
internal import Storage

/// Reads events for people and programs: opens what is sealed, and adds the key as it was before the event (`RecordedEvent.before`).
/// One value serves one pass over the log in ascending order; it caches the keys that it met recently, so that most events cost no
/// further reads.
public struct EventReading {
    /// A cached key: its state after the events before `next`.
    private struct Known {
        var state: KeyState?
        var next: UInt64
    }

    private static let maxKnownKeys = 1000

    private let ledger: Ledger
    private var known: [KeyID: Known] = [:]
    /// The views, which hold the records before `reach`.
    private var views: (views: Views, reach: UInt64)?

    /// Begins a pass over the log.
    ///
    /// - Parameter ledger: the ledger whose events are read.
    public init(_ ledger: Ledger) { self.ledger = ledger }

    /// Completes an event with its personal fields and the key before it. An event that replaces values costs the lifecycle events of
    /// its key that this pass has not read; where those cannot be read, `before` is `nil`.
    ///
    /// - Parameters:
    ///   - event: the event as it was recorded.
    ///   - position: its position.
    /// - Returns: the event with its personal fields and the key before it.
    /// - Throws: `Cancellation.Cancelled` where the reading was cancelled.
    public mutating func recorded(_ event: Event, at position: UInt64) throws -> RecordedEvent {
        let personal = ledger.events.open(event)
        if case .accountChanged = event.body {
            return RecordedEvent(
                position: position, event: event, personal: personal, rulesBefore: try rules(of: event.accountID, before: position))
        }
        guard event.body.isLifecycle else { return RecordedEvent(position: position, event: event, personal: personal) }
        var before: KeyState?
        if event.body.replacesValues {
            do {
                before = try state(of: event.keyID, before: position)
            } catch let cancelled as Cancellation.Cancelled {
                throw cancelled
            } catch {
                known[event.keyID] = nil
            }
        }
        let recorded = RecordedEvent(position: position, event: event, personal: personal, before: before.map(ledger.keys.view))
        note(event, at: position)
        return recorded
    }

    private mutating func state(of id: KeyID, before position: UInt64) throws -> KeyState? {
        var key = known[id] ?? Known(state: nil, next: 0)
        for missed in try missedPositions(of: id, from: key.next, before: position).reversed() {
            try Cancellation.check()
            guard let event = try ledger.reader.event(at: missed) else { throw LogError.missing(position: missed) }
            key.state = evolve(key.state, event, at: missed)
        }
        key.next = position
        keep(key, of: id)
        return key.state
    }

    /// The rules of an account before a change of them; `nil` where they cannot be read.
    private mutating func rules(of account: AccountID, before position: UInt64) throws -> AccountRules? {
        do {
            guard let earlier = try views(through: position).newestRulesChange(of: account, before: position) else { return AccountRules() }
            guard case .accountChanged(let change)? = try ledger.reader.event(at: earlier)?.body else { return nil }
            return change.rules
        } catch let cancelled as Cancellation.Cancelled {
            throw cancelled
        } catch {
            return nil
        }
    }

    private mutating func views(through end: UInt64) throws -> Views {
        if let views, views.reach >= end { return views.views }
        let current = try ledger.views(through: end)
        views = (current, end)
        return current
    }

    /// The positions of a key's lifecycle events from `start` on and before `end`, the newest first.
    private mutating func missedPositions(of id: KeyID, from start: UInt64, before end: UInt64) throws -> [UInt64] {
        let views = try views(through: end)
        var positions: [UInt64] = []
        var limit = 4
        while true {
            let page = try views.lifecyclePositions(of: id, before: positions.last ?? end, limit: limit)
            positions += page.prefix { $0 >= start }
            guard page.count == limit, let last = page.last, last > start else { return positions }
            limit = min(limit * 4, 4096)
        }
    }

    /// Updates the cached state of a key that this pass has seen created or has read before.
    private mutating func note(_ event: Event, at position: UInt64) {
        let after = position.saturatingAdding(1)
        if case .created = event.body, known[event.keyID] == nil {
            return keep(Known(state: evolve(nil, event, at: position), next: after), of: event.keyID)
        }
        guard let key = known[event.keyID], key.next == position else { return }
        known[event.keyID] = Known(state: evolve(key.state, event, at: position), next: after)
    }

    private mutating func keep(_ key: Known, of id: KeyID) {
        if known.count >= Self.maxKnownKeys, known[id] == nil { known.removeAll(keepingCapacity: true) }
        known[id] = key
    }
}

extension Event.Body {
    /// Whether the event can only be described with the values that it replaced.
    fileprivate var replacesValues: Bool {
        switch self {
        case .changed, .secretAdded, .secretRetired, .expired: true
        default: false
        }
    }
}
