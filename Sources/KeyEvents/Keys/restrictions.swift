/// An event that takes something from a key, with the personal fields that belong to it, sealed as they were.
public struct RestrictingEvent: Equatable, Sendable {
    /// What happens to the key.
    public var body: Event.Body
    /// The sealed personal fields of the event; `nil` where it has none.
    public var sealed: SealedFields?

    /// Creates an event.
    ///
    /// - Parameters:
    ///   - body: What happens to the key.
    ///   - sealed: The sealed personal fields of the event.
    public init(_ body: Event.Body, sealed: SealedFields? = nil) {
        self.body = body
        self.sealed = sealed
    }
}

/// Returns the events that have to be recorded of a key so that it may do no more than a newer copy of its log says. The function
/// is pure. Whatever the copy says, no event gives a key more than it has: events end, disable, shorten and take away. A secret
/// that only the copy knows is not added; its owner has to rotate once more.
///
/// - Parameters:
///   - state: The state of the key in this log.
///   - newer: The state of the same key in the newer copy.
///   - now: The time by which it is decided whether an expiry has passed.
/// - Returns: The events, in the order in which they are recorded; none where the key has ended already or belongs to another
///   account in the copy.
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
        // The copy has recorded the end, so it holds even where this clock says otherwise.
        return end.map { $0 <= now } ?? false
            ? events + [RestrictingEvent(.expired)] : events + [RestrictingEvent(.revoked(reasonCode: "expired"))]
    case nil: break
    }
    let scopes = state.scopes.filter { newer.scopes.contains($0) }
    if scopes != state.scopes { changed.scopes = scopes }
    let permissions = state.permissions.filter { newer.permissions.contains($0) }
    if permissions != state.permissions { changed.permissions = permissions }
    /// The sealed personal fields of the event; `nil` where it has none.
    var sealed: SealedFields?
    if let allowlist = newer.sealedAllowlist, allowlist != state.sealedAllowlist {
        changed.restrictsAddresses = true
        sealed = allowlist
    }
    if changed != Event.Changed() { events.append(RestrictingEvent(.changed(changed), sealed: sealed)) }
    if newer.isDisabled, !state.isDisabled { events.append(RestrictingEvent(.disabled)) }
    let known = Set(newer.secrets.map(\.record.id))
    for secret in state.secrets where secret.retiredAt == nil {
        // A secret that the copy does not remember was retired long before.
        let isRetired = newer.secrets.contains { $0.record.id == secret.record.id && $0.retiredAt != nil }
        if isRetired || !known.contains(secret.record.id) { events.append(RestrictingEvent(.secretRetired(secretID: secret.record.id))) }
    }
    return events
}
