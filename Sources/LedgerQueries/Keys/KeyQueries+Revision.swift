public import KeyEvents
public import Ledger

extension KeyQueries {
    /// Reads a key as an event left it.
    ///
    /// - Parameters:
    ///   - id: the key.
    ///   - revision: the position of the event, which was the last one to change the key at the time (`KeyState.changedPosition`).
    ///   - caller: on whose behalf the key is read.
    /// - Returns: the key after that event; `nil` where no event at that position changed it.
    /// - Throws: `ServiceError.unknownKey` where the caller sees no such key; the errors of reading the log, the state and the views.
    public func decryptedKey(_ id: KeyID, revision: UInt64, for caller: Caller) throws -> DecryptedKey? {
        let now = try decryptedKey(id, for: caller)
        guard revision < now.state.changedPosition else { return revision == now.state.changedPosition ? now : nil }
        let state = try ledger.past.past([now.state], before: revision + 1).first
        return state.flatMap { $0.changedPosition == revision ? DecryptedKey($0, ledger.vault) : nil }
    }
}
