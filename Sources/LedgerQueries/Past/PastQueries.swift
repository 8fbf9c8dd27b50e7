package import Bytes
internal import EventLog
public import KeyEvents
public import Ledger
internal import Projections
internal import Storage
internal import Synchronization
internal import Validation

/// Questions about keys, uses and verdicts as they were at an earlier point of the log.
public struct PastQueries: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// Questions about the past.
    public var past: PastQueries { PastQueries(self) }
}

extension PastQueries {
    /// Lists keys as of a point of the past, in the order of their creation; keys that were created later are left out. Costs the
    /// lifecycle events of the keys that changed since, and at most one snapshot interval of the log for the usage.
    ///
    /// - Parameters:
    ///   - caller: on whose behalf the keys are listed.
    ///   - account: whose keys are listed; `nil` for those of every account that the caller sees.
    ///   - asOf: the point of the past.
    ///   - previous: the last key of the page before; `nil` for the first page.
    ///   - limit: the maximum number of keys.
    ///   - newestFirst: whether the list begins with the newest key.
    /// - Returns: the keys with their usage by then, at most `limit`.
    /// - Throws: `ServiceError.unknownAccount` where the caller does not see the account; the errors of reading the log, the state and
    ///   the views.
    public func listKeys(
        for caller: Caller, account: AccountID? = nil, at asOf: AsOf, after previous: KeyID? = nil, limit: Int,
        newestFirst: Bool = false
    ) throws -> [KeyWithUsage] {
        if let account, !caller.sees(account) { throw ServiceError.unknownAccount }
        let views = try ledger.views(through: asOf.end)
        let states = try states(
            of: account ?? caller.visibleAccount, at: asOf, after: previous, limit: limit, newestFirst: newestFirst)
        let usage = try views.usage(of: states.map(\.id), before: asOf.end)
        return zip(states, usage).map { KeyWithUsage(key: DecryptedKey($0, ledger.vault), usage: $1) }
    }

    /// Reads a key as of a point of the past.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - asOf: the point of the past.
    ///   - caller: on whose behalf the key is read.
    /// - Returns: the key with its usage by then.
    /// - Throws: `ServiceError.unknownKey` where the caller sees no such key, `.invalid` where it was created later; the errors of
    ///   reading the log, the state and the views.
    public func key(_ id: KeyID, at asOf: AsOf, for caller: Caller) throws -> KeyWithUsage {
        let views = try ledger.views(through: asOf.end)
        let now = try ledger.keys.decryptedKey(id, for: caller).state
        guard let state = try past([now], before: asOf.end).first else { throw Self.notMadeYet(now, asOf) }
        let usage = try views.usage(of: [id], before: asOf.end)
        return KeyWithUsage(key: DecryptedKey(state, ledger.vault), usage: usage.first ?? KeyUsage())
    }

    /// Reads how a key was used by what was recorded in a span.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - span: the span of the log.
    ///   - caller: on whose behalf the key is read.
    /// - Returns: the key as of the span's end, with the counts of the span and the times as of its end. A key that was created after
    ///   the span is returned as it is now, without any use.
    /// - Throws: `ServiceError.unknownKey` where the caller sees no such key; the errors of reading the log, the state and the views.
    public func usage(of id: KeyID, in span: LogSpan, for caller: Caller) throws -> KeyWithUsage {
        let now = try ledger.keys.decryptedKey(id, for: caller)
        guard now.state.createdPosition < span.end.end else { return KeyWithUsage(key: now, usage: KeyUsage()) }
        return try subtract(before: span.start, from: [key(id, at: span.end, for: caller)])[0]
    }

    /// Lists the keys that existed at the end of a span, with their usage in the span.
    ///
    /// - Parameters:
    ///   - span: the span of the log.
    ///   - caller: on whose behalf the keys are listed.
    ///   - account: whose keys are listed; `nil` for those of every account that the caller sees.
    ///   - previous: the last key of the page before; `nil` for the first page.
    ///   - limit: the maximum number of keys.
    ///   - newestFirst: whether the list begins with the newest key.
    /// - Returns: the keys with their usage in the span, at most `limit`.
    /// - Throws: `ServiceError.unknownAccount` where the caller does not see the account; the errors of reading the log, the state and
    ///   the views.
    public func listUsage(
        in span: LogSpan, for caller: Caller, account: AccountID? = nil, after previous: KeyID? = nil, limit: Int, newestFirst: Bool = false
    ) throws -> [KeyWithUsage] {
        let keys = try listKeys(
            for: caller, account: account, at: span.end, after: previous, limit: limit, newestFirst: newestFirst)
        return try subtract(before: span.start, from: keys)
    }

    private func subtract(before start: UInt64, from keys: [KeyWithUsage]) throws -> [KeyWithUsage] {
        let before = try ledger.views(through: start).usage(of: keys.map(\.key.state.id), before: start)
        return zip(keys, before).map { KeyWithUsage(key: $0.key, usage: $0.usage.since($1)) }
    }

    private static func notMadeYet(_ state: KeyState, _ asOf: AsOf) -> ServiceError {
        .invalid(
            field: asOf.field, problem: "lies before the key was made, at position \(state.createdPosition), \(state.createdAt).")
    }

    /// The states of keys as of a point of the past; the current keys are read page by page, and those that were created later are
    /// skipped.
    private func states(
        of account: AccountID?, at asOf: AsOf, after previous: KeyID?, limit: Int, newestFirst: Bool
    ) throws -> [KeyState] {
        var found: [KeyState] = []
        var last = previous
        while found.count < limit {
            let wanted = min(limit - found.count, 1000)
            let page = try ledger.environment.read { transaction in
                try StateView(ledger.stateTables, transaction).store.keys(
                    of: account, after: last, limit: wanted, descending: newestFirst, transaction)
            }
            found += try past(page, before: asOf.end)
            guard page.count == wanted, let end = page.last else { break }
            last = end.id
        }
        return found
    }

    /// The keys as of the records before `end`, in their order, without those that were created later.
    func past(_ states: [KeyState], before end: UInt64) throws -> [KeyState] {
        let known = states.filter { $0.createdPosition < end }
        let changed = known.filter { $0.changedPosition >= end }
        guard !changed.isEmpty else { return known }
        let positions = try ledger.views(through: end).lifecyclePositions(of: changed.map(\.id), before: end)
        var folded: [KeyID: KeyState] = [:]
        try ledger.environment.read { transaction in
            for (key, positions) in zip(changed, positions) {
                var state: KeyState?
                for position in positions {
                    guard let event = try ledger.reader.event(at: position, transaction) else { throw LogError.missing(position: position) }
                    state = evolve(state, event, at: position)
                }
                folded[key.id] = state
            }
        }
        return known.compactMap { $0.changedPosition < end ? $0 : folded[$0.id] }
    }

    /// The history of a key by the records before `end`, which the views must have read. Costs the key's lifecycle events.
    package func history(of id: KeyID, before end: UInt64) throws -> KeyHistory {
        var history = KeyHistory()
        for position in try ledger.views(through: end).lifecyclePositions(of: [id], before: end).first ?? [] {
            guard let event = try ledger.reader.event(at: position) else { throw LogError.missing(position: position) }
            history.apply(event, at: position)
        }
        return history
    }

    /// Finds the key and the number of a secret, whether it is in force or not. A secret that was followed by so many newer ones that
    /// the state no longer holds it is searched in the log, which costs the lifecycle events of all keys.
    package func findSecret(_ digest: Digest32, before end: UInt64) throws -> SecretReference? {
        if let known = try indexed(digest) { return known }
        return try ledger.attached.value(SecretSearch.self, make: SecretSearch.init).lock.withLock { _ in
            try searchSecret(digest, before: end)
        }
    }

    private func searchSecret(_ digest: Digest32, before end: UInt64) throws -> SecretReference? {
        let views = try ledger.views(through: end)
        var next: UInt64 = 0
        while true {
            let (changes, reached) = try views.changedKeys(from: next, limit: 10_000)
            let found = try ledger.environment.read { transaction -> SecretReference? in
                for change in changes where change.position < end {
                    guard let number = try ledger.reader.secret(digest, addedAt: change.position, transaction) else { continue }
                    return SecretReference(key: change.key, number: number)
                }
                return nil
            }
            if let found { return found }
            guard let last = changes.last, last.position < end, reached > next else { return nil }
            next = reached
        }
    }

    func indexed(_ digest: Digest32) throws -> SecretReference? {
        try ledger.environment.read { transaction in
            guard let bytes = try StateView(ledger.stateTables, transaction).store.entry(digest, transaction) else { return nil }
            guard let entry = ValidationEntry(bytes) else { throw CorruptIndexEntry() }
            return SecretReference(key: entry.keyID, number: entry.secretID)
        }
    }
}

extension LogReader {
    /// The number of the secret with a digest, where the event at `position` adds it.
    fileprivate func secret(_ digest: Digest32, addedAt position: UInt64, _ transaction: borrowing ReadTransaction) throws -> UInt32? {
        guard let event = try event(at: position, transaction) else { throw LogError.missing(position: position) }
        switch event.body {
        case .created(let created): return created.secret.digest == digest ? created.secret.id : nil
        case .secretAdded(let secret, _, _): return secret.digest == digest ? secret.id : nil
        default: return nil
        }
    }
}

/// Serialises searches of the log for a secret, each of which takes long.
private final class SecretSearch: Sendable {
    let lock = Mutex<Void>(())
}
