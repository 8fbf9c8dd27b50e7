/// An event that takes something from a key, and the personal fields that go with it, sealed as they were.
public struct RestrictingEvent: Equatable, Sendable {
    public var body: Event.Body
    public var sealed: SealedFields?

    public init(_ body: Event.Body, sealed: SealedFields? = nil) {
        self.body = body
        self.sealed = sealed
    }
}

/// What has to be recorded of a key so that it may do no more than a newer copy of its log says. Pure. Whatever the copy says, nothing
/// here gives a key more than it has: it ends, disables, shortens and takes away. A secret that only the copy knows is not added: its owner has to
/// rotate once more.
public func restrictions(of state: KeyState, knowing newer: KeyState, now: Timestamp) -> [RestrictingEvent] {
    guard state.end == nil, state.accountID == newer.accountID else { return [] }
    var events: [RestrictingEvent] = []
    var changed = Event.Changed()
    let expiresEarlier = newer.expiresAt.map { date in state.expiresAt.map { date < $0 } ?? true } ?? false
    if expiresEarlier, let date = newer.expiresAt { changed.expiry = .at(date) }
    switch newer.end {
    case .revoked(_, let reasonCode):
        return [RestrictingEvent(.revoked(reasonCode: reasonCode))]
    case .expired:
        if changed != Event.Changed() { events.append(RestrictingEvent(.changed(changed))) }
        let end = expiresEarlier ? newer.expiresAt : state.expiresAt
        // A clock that says otherwise is not asked: the copy has recorded it.
        return end.map { $0 <= now } ?? false
            ? events + [RestrictingEvent(.expired)] : events + [RestrictingEvent(.revoked(reasonCode: "expired"))]
    case nil: break
    }
    let scopes = state.scopes.filter { newer.scopes.contains($0) }
    if scopes != state.scopes { changed.scopes = scopes }
    let permissions = state.permissions.filter { newer.permissions.contains($0) }
    if permissions != state.permissions { changed.permissions = permissions }
    var sealed: SealedFields?
    if let allowlist = newer.sealedAllowlist, allowlist != state.sealedAllowlist {
        changed.restrictsAddresses = true
        sealed = allowlist
    }
    if changed != Event.Changed() { events.append(RestrictingEvent(.changed(changed), sealed: sealed)) }
    if newer.isDisabled, !state.isDisabled { events.append(RestrictingEvent(.disabled)) }
    let known = Set(newer.secrets.map(\.record.id))
    for secret in state.secrets where secret.retiredAt == nil {
        // One that the copy does not remember was retired long before.
        let isRetired = newer.secrets.contains { $0.record.id == secret.record.id && $0.retiredAt != nil }
        if isRetired || !known.contains(secret.record.id) { events.append(RestrictingEvent(.secretRetired(secretID: secret.record.id))) }
    }
    return events
}
