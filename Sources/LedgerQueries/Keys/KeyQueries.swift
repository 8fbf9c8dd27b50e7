internal import EventLog
public import KeyEvents
public import Ledger
public import Projections
internal import Storage

/// A key with its usage, as lists show it.
public struct KeyWithUsage: Sendable {
    /// The key, with the personal fields that can be read.
    public let key: DecryptedKey
    /// The key's counted uses and refusals.
    public let usage: KeyUsage
    /// The position before which uses are counted, where the newest records could not be read into the figures, as on a full disk; `nil`
    /// where all are counted that were asked for.
    public let usageEnd: UInt64?

    init(key: DecryptedKey, usage: KeyUsage, usageEnd: UInt64? = nil) {
        self.key = key
        self.usage = usage
        self.usageEnd = usageEnd
    }
}

/// The figures of a key by the records before one position.
public struct KeyFigures: Sendable {
    /// The key with its usage since its creation.
    public let key: KeyWithUsage
    /// The hours or days in which something was recorded, in ascending order, each with its beginning.
    public let buckets: [(start: Timestamp, counts: UsageCounts)]
    /// The position before which records are counted. Questions about the key's events before it agree with the figures.
    public let end: UInt64
}

/// Questions about keys as they are now. Each brings the views to the head of the log first.
public struct KeyQueries: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// Questions about keys as they are now.
    public var keys: KeyQueries { KeyQueries(self) }
}

extension KeyQueries {
    /// Opens the personal fields of a key's state, as far as they can be read.
    ///
    /// - Parameter state: the key's state.
    /// - Returns: the state with its readable personal fields.
    public func view(_ state: KeyState) -> DecryptedKey { DecryptedKey(state, ledger.vault) }

    /// Reads a key that the caller may see.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - caller: on whose behalf the key is read.
    /// - Returns: the key with its readable personal fields.
    /// - Throws: `ServiceError.unknownKey` where the caller sees no such key; the errors of reading the state.
    public func decryptedKey(_ id: KeyID, for caller: Caller) throws -> DecryptedKey {
        guard let state = try ledger.key(id), caller.sees(state.accountID) else { throw ServiceError.unknownKey }
        return DecryptedKey(state, ledger.vault)
    }

    /// Lists keys in the order of their creation.
    ///
    /// - Parameters:
    ///   - caller: on whose behalf the keys are listed.
    ///   - account: whose keys are listed; `nil` for those of every account that the caller sees.
    ///   - previous: the last key of the page before; `nil` for the first page.
    ///   - limit: the maximum number of keys.
    ///   - newestFirst: whether the list begins with the newest key.
    /// - Returns: the keys with their usage, at most `limit`.
    /// - Throws: `ServiceError.unknownAccount` where the caller does not see the account; `Cancellation.Cancelled` where the task is
    ///   cancelled; the errors of reading the state and the views.
    public func listKeys(
        for caller: Caller, account: AccountID? = nil, after previous: KeyID? = nil, limit: Int, newestFirst: Bool = false
    ) throws -> [KeyWithUsage] {
        if let account, !caller.sees(account) { throw ServiceError.unknownAccount }
        try Cancellation.check()
        let (views, end) = ledger.viewsWithEnd()
        let states = try ledger.environment.read { transaction in
            try StateView(ledger.stateTables, transaction).store.keys(
                of: account ?? caller.visibleAccount, after: previous, limit: limit, descending: newestFirst, transaction)
        }
        let usage = try views.usage(of: states.map(\.id))
        return states.map { KeyWithUsage(key: DecryptedKey($0, ledger.vault), usage: usage[$0.id] ?? KeyUsage(), usageEnd: end) }
    }

    /// Reads a key with its usage since its creation.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - caller: on whose behalf the key is read.
    /// - Returns: the key with its usage.
    /// - Throws: `ServiceError.unknownKey` where the caller sees no such key; the errors of reading the state and the views.
    public func usage(of id: KeyID, for caller: Caller) throws -> KeyWithUsage {
        let view = try decryptedKey(id, for: caller)
        let (views, end) = ledger.viewsWithEnd()
        return KeyWithUsage(key: view, usage: try views.usage(of: [id])[id] ?? KeyUsage(), usageEnd: end)
    }

    /// Reads a key with its usage since its creation, and by hour or day: all of it by the same records, so that it agrees with itself.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - bucket: whether hours or days are counted.
    ///   - start: the time from which buckets are counted.
    ///   - end: the time before which buckets are counted.
    ///   - caller: on whose behalf the usage is read.
    /// - Returns: the figures, the key as it was left by the same records, and the position before which they are.
    /// - Throws: `ServiceError.unknownKey` where the caller sees no such key; the errors of reading the state and the views.
    public func figures(
        of id: KeyID, per bucket: Views.Bucket, from start: Timestamp, to end: Timestamp, for caller: Caller
    ) throws -> KeyFigures {
        var attempts = 3
        while true {
            let (views, behind) = ledger.viewsWithEnd()
            let figures = try views.figures(of: id, per: bucket, from: start, to: end)
            let view = try decryptedKey(id, for: caller)
            attempts -= 1
            // A key that was changed since its figures were read is read with them once more.
            if view.state.changedPosition < figures.end || behind != nil || attempts == 0 {
                let key = KeyWithUsage(key: view, usage: figures.usage, usageEnd: behind)
                return KeyFigures(key: key, buckets: figures.buckets, end: figures.end)
            }
        }
    }

    /// Counts a key's uses and refusals by hour or day.
    ///
    /// - Parameters:
    ///   - bucket: whether hours or days are counted.
    ///   - id: the key.
    ///   - start: the time from which buckets are counted.
    ///   - end: the time before which buckets are counted.
    ///   - limit: the maximum number of buckets.
    ///   - caller: on whose behalf the usage is read.
    /// - Returns: the buckets in which something was recorded, in ascending order, each with its beginning.
    /// - Throws: `ServiceError.unknownKey` where the caller sees no such key; the errors of reading the state and the views.
    public func buckets(
        _ bucket: Views.Bucket, of id: KeyID, from start: Timestamp, to end: Timestamp, limit: Int, for caller: Caller
    ) throws -> [(start: Timestamp, counts: UsageCounts)] {
        _ = try decryptedKey(id, for: caller)
        let views = ledger.viewsAtHead()
        return try views.buckets(bucket, of: id, from: start, to: end, limit: limit)
    }
}
