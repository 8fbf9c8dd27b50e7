internal import EventLog
public import KeyEvents
public import Ledger
internal import Projections

extension KeyQueries {
    /// How many records of a key are read for the one that holds its last use: those that came while it waited to be recorded.
    private static let maxExaminedForLastUse = 32

    /// Finds where keys were last used from. Each key takes a bounded time, however often it was used.
    ///
    /// - Parameters:
    ///   - keys: the keys, which the caller sees, with their usage.
    ///   - caller: on whose behalf the keys are read; needs the permission to read keys.
    /// - Returns: for each key, the addresses of the record that holds its last use, which may count several uses. A key is left out
    ///   that was never used, or of whose addresses nothing is known.
    /// - Throws: `ServiceError` where the permission is missing; the errors of reading the log and the views.
    public func lastUseOrigins(of keys: [KeyWithUsage], for caller: Caller) throws -> [KeyID: AddressCounts] {
        try caller.require(.keysRead)
        let views = ledger.viewsAtHead()
        var origins: [KeyID: AddressCounts] = [:]
        for key in keys where caller.sees(key.key.state.accountID) {
            guard let usedAt = key.usage.lastUsedAt else { continue }
            let id = key.key.state.id
            // A use is recorded when it is decided, or later.
            let start = try ledger.reader.position(notBefore: usedAt)
            for position in try views.history(of: id, from: start, limit: Self.maxExaminedForLastUse) {
                guard let event = try ledger.reader.event(at: position) else { throw LogError.missing(position: position) }
                guard case .used(let use) = event.body, use.decidedAt == usedAt else { continue }
                origins[id] = event.origins(ledger.events.open(event)).flatMap { $0.isAnyKnown ? $0 : nil }
            }
        }
        return origins
    }
}
