public import Bytes
internal import EventLog
public import KeyEvents
public import Storage

/// Reads and writes one set of state tables. The methods throw `LogError.derivedDamaged` where a row is damaged and
/// `StorageError` where a table cannot be read or written.
public struct StateStore: Sendable {
    /// The set of tables.
    public let tables: StateTables.Set

    /// Creates a store over a set of tables.
    public init(_ tables: StateTables.Set) { self.tables = tables }

    /// Returns the state of a key; `nil` where no key has the id.
    public func key(_ id: KeyID, _ transaction: borrowing some Transaction & ~Copyable) throws -> KeyState? {
        guard let bytes = try keyBytes(id, transaction) else { return nil }
        return try Self.decode(bytes.copy(), id)
    }

    /// Returns the state of a key for a decision on what is recorded. Two facts with checks of their own are compared: the row of
    /// the key, and what the validation index says of each of its secrets. Both were written with the same event.
    public func decidingState(_ id: KeyID, _ transaction: borrowing some Transaction & ~Copyable) throws -> KeyState? {
        guard let state = try key(id, transaction) else { return nil }
        for secret in state.secrets {
            let expected = ValidationEntry.encode(state, secret)
            guard let entry = try entry(secret.record.digest, transaction), entry.order(expected.span) == 0 else {
                throw LogError.derivedDamaged(what: "the state of \(id), which the validation index contradicts,")
            }
        }
        return state
    }

    /// Returns the row of a key as it is stored, with its check; `nil` where no key has the id.
    @_lifetime(borrow transaction)
    public func keyBytes<T: Transaction & ~Copyable>(_ id: KeyID, _ transaction: borrowing T) throws -> Span<UInt8>? {
        let key = id.raw.bytes
        let value = try transaction.get(key.span, in: tables.keys)
        guard let value else { return nil }
        return unsafe _overrideLifetime(value, borrowing: transaction)
    }

    /// Decodes the row of a key.
    ///
    /// - Parameters:
    ///   - bytes: The row, as `keyBytes` returns it.
    ///   - id: The id of the key.
    /// - Returns: The state of the key.
    /// - Throws: `LogError.derivedDamaged` where the row is damaged or of another key.
    public static func decode(_ bytes: [UInt8], _ id: KeyID) throws -> KeyState {
        guard let value = RowCheck.value(bytes.span, key: id.raw.bytes.span), let state = KeyStateCodec.decode(value), state.id == id else {
            throw LogError.derivedDamaged(what: "the state of \(id)")
        }
        return state
    }

    /// Encodes a key's row of the table `keys`.
    public static func encode(_ state: KeyState) -> [UInt8] { RowCheck.checked(KeyStateCodec.encode(state), key: state.id.raw.bytes) }

    /// Returns keys in the order of their ids, which is that of their creation.
    ///
    /// - Parameters:
    ///   - account: The account whose keys are returned; `nil` for all keys.
    ///   - previous: The key after which the keys begin; `nil` for the first.
    ///   - limit: The maximum number of keys.
    ///   - descending: Whether the order is reversed.
    ///   - transaction: The transaction to read in.
    /// - Returns: The states of the keys.
    /// - Throws: `LogError.derivedDamaged` where a row is damaged, and `StorageError` where the tables cannot be read.
    public func keys(
        of account: AccountID?, after previous: KeyID?, limit: Int, descending: Bool = false,
        _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> [KeyState] {
        let prefix: [UInt8] = account.map { Array($0.description.utf8) + [0] } ?? []
        let table = account == nil ? tables.keys : tables.accounts
        var ids: [KeyID] = []
        var cursor = try transaction.cursor(in: table)
        var isFound =
            if descending {
                try cursor.seek(before: (prefix + (previous?.raw.bytes ?? [UInt8](repeating: 0xFF, count: 17))).span)
            } else {
                try cursor.seek((prefix + (previous.map { $0.raw.bytes + [0] } ?? [])).span)
            }
        while isFound, ids.count < limit {
            let key = cursor.key.copy()
            guard key.starts(with: prefix), let raw = Bytes16(key.dropFirst(prefix.count)) else { break }
            ids.append(KeyID(raw))
            isFound = try descending ? cursor.previous() : cursor.next()
        }
        return try ids.map { id in
            // A key that belongs to another account is not shown to this one.
            guard let state = try self.key(id, transaction), account == nil || state.accountID == account else {
                throw LogError.derivedDamaged(what: "the keys by account")
            }
            return state
        }
    }

    /// Returns keys of which something has ended by itself, the key or a secret, and is not recorded yet; the earliest first.
    public func due(at now: Timestamp, limit: Int, _ transaction: borrowing some Transaction & ~Copyable) throws -> [KeyID] {
        var ids: [KeyID] = []
        var cursor = try transaction.cursor(in: tables.expiries)
        var isFound = try cursor.first()
        while isFound, ids.count < limit {
            guard cursor.key.count == 24 else { throw LogError.derivedDamaged(what: "the schedule of expiries") }
            guard Int64(bitPattern: cursor.key.bigEndian()) <= now.microseconds else { break }
            ids.append(KeyID(Bytes16(high: cursor.key.bigEndian(at: 8), low: cursor.key.bigEndian(at: 16))))
            isFound = try cursor.next()
        }
        return ids
    }

    /// Returns the number of an account's keys that have not ended, and its rules.
    public func standing(of account: AccountID, _ transaction: borrowing some Transaction & ~Copyable) throws -> AccountStanding {
        let key = AccountStanding.key(account)
        guard let row = try transaction.get(key.span, in: tables.standings) else { return AccountStanding() }
        return try AccountStanding(row, of: account)
    }

    /// Returns the number of an account's keys that have not ended by a time, and its rules. Keys whose expiry has passed have
    /// ended, whether or not that is recorded.
    public func standing(
        of account: AccountID, at now: Timestamp, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> AccountStanding {
        var standing = try standing(of: account, transaction)
        for id in try due(at: now, limit: Self.maxDueKeys, transaction) {
            guard let key = try key(id, transaction), key.accountID == account, key.end == nil, key.status(at: now) == .expired else {
                continue
            }
            standing.keys -= min(standing.keys, 1)
        }
        return standing
    }

    /// The maximum number of ends that are looked at, which is more than a sweep ever leaves behind.
    private static let maxDueKeys = 10_000

    private func changeStanding(
        of account: AccountID, _ transaction: inout WriteTransaction, _ change: (inout AccountStanding) -> Void
    ) throws {
        var standing: AccountStanding
        do { standing = try self.standing(of: account, transaction) } catch LogError.derivedDamaged {
            // A damaged row stays as it is, and nothing is allowed by it; a key can be ended all the same. A replay repairs the
            // row.
            return
        }
        change(&standing)
        try transaction.put(AccountStanding.key(account), standing.row(of: account), in: tables.standings)
    }

    /// Returns the data keys that were destroyed, of one account or of all. They are ordered by account and not by time.
    public func erasures(
        of account: AccountID? = nil, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> [Erasure] {
        let prefix = account.map { Erasure.prefix(of: $0) } ?? []
        var erasures: [Erasure] = []
        var cursor = try transaction.cursor(in: tables.erasures)
        var isFound = try cursor.seek(prefix.span)
        while isFound, case let key = cursor.key.copy(), key.starts(with: prefix) {
            erasures.append(try Erasure(key: key, row: cursor.value.copy()))
            isFound = try cursor.next()
        }
        return erasures
    }

    /// Returns the erasure of a data key; `nil` where the log does not say that it was destroyed.
    public func erasure(
        of dataKeyID: Bytes16, _ account: AccountID, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> Erasure? {
        let key = Erasure.key(dataKeyID, of: account)
        guard let row = try transaction.get(key.span, in: tables.erasures) else { return nil }
        return try Erasure(key: key, row: row.copy())
    }

    /// Returns the validation entry of the secret with this digest; `nil` where there is none.
    @_lifetime(borrow transaction)
    public func entry<T: Transaction & ~Copyable>(
        _ digest: Digest32, _ transaction: borrowing T
    ) throws -> Span<UInt8>? {
        let key = digest.inlineBytes
        let value = try transaction.get(key.span, in: tables.index)
        guard let value else { return nil }
        return unsafe _overrideLifetime(value, borrowing: transaction)
    }

    /// Applies a lifecycle event, and returns the key's state after it.
    @discardableResult
    public func apply(
        _ event: Event, at position: UInt64, _ transaction: inout WriteTransaction
    ) throws -> KeyState? {
        if case .accountErased(let erasure) = event.body {
            let erasure = Erasure(erasure, of: event, at: position)
            try transaction.put(erasure.key, erasure.row, in: tables.erasures)
            return nil
        }
        if case .accountChanged(let change) = event.body {
            try changeStanding(of: event.accountID, &transaction) { $0.rules = change.rules }
            return nil
        }
        let before = try key(event.keyID, transaction)
        guard let after = evolve(before, event, at: position), after != before else { return before }
        try transaction.put(after.id.raw.bytes, Self.encode(after), in: tables.keys)
        for secret in after.secrets {
            try transaction.put(secret.record.digest.bytes, ValidationEntry.encode(after, secret), in: tables.index)
        }
        for secret in before?.secrets ?? [] where !after.secrets.contains(where: { $0.record.digest == secret.record.digest }) {
            try transaction.delete(secret.record.digest.bytes.span, in: tables.index)
        }
        let due = before.flatMap(Self.endKey)
        let dueNow = Self.endKey(after)
        if due != dueNow {
            if let due { try transaction.delete(due.span, in: tables.expiries) }
            if let dueNow { try transaction.put(dueNow, [], in: tables.expiries) }
        }
        let (counted, counts) = (before.map { $0.end == nil } ?? false, after.end == nil)
        if counted != counts {
            try changeStanding(of: after.accountID, &transaction) { $0.keys = counts ? $0.keys + 1 : $0.keys - min($0.keys, 1) }
        }
        if before == nil {
            try transaction.put(Array(after.accountID.description.utf8) + [0] + after.id.raw.bytes, [], in: tables.accounts)
        }
        return after
    }

    func clear(_ transaction: inout WriteTransaction) throws {
        for (_, table) in tables.all { try transaction.clear(table) }
    }

    private static func endKey(_ state: KeyState) -> [UInt8]? {
        guard let next = state.nextEnd else { return nil }
        return UInt64(bitPattern: next.microseconds).bigEndianBytes + state.id.raw.bytes
    }
}
