/// The state of a key after `event`, recorded at `position`. Total: an event that makes no sense on this state changes nothing.
public func evolve(_ state: KeyState?, _ event: Event, at position: UInt64) -> KeyState? {
    guard var state else {
        guard case .created(let created) = event.body else { return nil }
        return KeyState(
            id: event.keyID, accountID: event.accountID, environment: created.environment, createdAt: event.recordedAt,
            createdPosition: position, sealedName: event.sealed, sealedMetadata: event.sealed, secrets: [created.secret],
            scopes: created.scopes, permissions: created.permissions, expiresAt: created.expiresAt)
    }
    guard state.end == nil else { return state }
    switch event.body {
    case .created, .used, .refused, .unknown:
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
    case .disabled:
        state.isDisabled = true
    case .enabled:
        state.isDisabled = false
    case .secretAdded(let secret):
        state.secrets.append(secret)
    case .secretRetired(let secretID):
        state.secrets.removeAll { $0.id == secretID }
    }
    state.changedPosition = position
    return state
}
