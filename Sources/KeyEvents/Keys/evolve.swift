/// Returns the state of a key after an event. The function is total: an event that makes no sense on this state changes nothing.
///
/// - Parameters:
///   - state: The state before the event; `nil` where the key does not exist yet.
///   - event: The event, which is about this key.
///   - position: The position of the event's record.
/// - Returns: The state after the event; `nil` where the key still does not exist.
public func evolve(_ state: KeyState?, _ event: Event, at position: UInt64) -> KeyState? {
    guard var state else {
        guard case .created(let created) = event.body else { return nil }
        var state = KeyState(
            id: event.keyID, accountID: event.accountID, environment: created.environment, createdAt: event.recordedAt,
            createdPosition: position, sealedName: event.sealed, sealedMetadata: event.sealed,
            secrets: [KeySecret(record: created.secret, addedAt: event.recordedAt)],
            scopes: created.scopes, permissions: created.permissions, expiresAt: created.expiresAt)
        if created.restrictsAddresses { state.sealedAllowlist = event.sealed ?? .missing }
        return state
    }
    guard state.end == nil else { return state }
    switch event.body {
    case .created, .used, .refused, .logForked, .clockConfirmed, .logRead, .logKeyChanged, .accountErased, .accountChanged, .unknown:
        return state
    case .revoked(let reasonCode):
        state.end = .revoked(at: event.recordedAt, reasonCode: reasonCode)
    case .expired:
        state.end = .expired(at: event.recordedAt)
    case .changed(let changed):
        if let scopes = changed.scopes { state.scopes = scopes }
        if let permissions = changed.permissions { state.permissions = permissions }
        if let expiry = changed.expiry { state.expiresAt = expiry.date }
        if changed.replacesName { state.sealedName = event.sealed }
        if changed.replacesMetadata { state.sealedMetadata = event.sealed }
        if let restricts = changed.restrictsAddresses { state.sealedAllowlist = restricts ? event.sealed ?? .missing : nil }
    case .disabled:
        state.isDisabled = true
    case .enabled:
        state.isDisabled = false
    case .secretAdded(let secret, let olderRetire, _):
        if let olderRetire {
            for index in state.secrets.indices where state.secrets[index].retiredAt == nil { state.secrets[index].retirement = olderRetire }
        }
        state.secrets.append(KeySecret(record: secret, addedAt: event.recordedAt))
    case .secretRetired(let secretID):
        guard let index = state.secrets.firstIndex(where: { $0.record.id == secretID && $0.retiredAt == nil }) else { return state }
        state.secrets[index].retiredAt = event.recordedAt
        let retired = state.secrets.filter { $0.retiredAt != nil }
        if retired.count > KeyState.maxRetiredSecrets, let oldest = retired.first { state.secrets.removeAll { $0 == oldest } }
    }
    state.changedPosition = position
    return state
}
