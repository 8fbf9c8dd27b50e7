internal import Bytes

/// What a command records. `events` may hold something even when the command is refused: a command that meets a
/// passed expiry records it first.
public struct Decision: Equatable, Sendable {
    public var events: [DecidedEvent]
    public var refusal: CommandRefusal?

    public static let nothingToDo = Decision(events: [])

    public init(events: [DecidedEvent], refusal: CommandRefusal? = nil) {
        self.events = events
        self.refusal = refusal
    }
}

/// An event before it is sealed and stamped.
public struct DecidedEvent: Equatable, Sendable {
    public var body: Event.Body
    public var personal: PersonalFields

    public init(_ body: Event.Body, personal: PersonalFields = PersonalFields()) {
        self.body = body
        self.personal = personal
    }
}

/// Pure: the same state, command and time give the same decision. Asking for what is already so records nothing, and revoking a key that has
/// expired is that too.
/// `personal` holds what the state holds sealed, as far as it can be read. `reason`: why, in the words of whoever commands; it goes with the
/// event that the command is for, not with those that it brings about beside it.
public func decide(
    _ state: KeyState?, _ personal: PersonalFields, _ command: KeyCommand, reason: String? = nil, now: Timestamp
) -> Decision {
    if let refusal = KeyRules.check(reason: reason) { return Decision(events: [], refusal: refusal) }
    var decision = decide(state, personal, command, now)
    if decision.refusal == nil, let reason = reason?.trimmingWhiteSpace, !reason.isEmpty, let last = decision.events.indices.last,
        decision.events[last].body != .expired
    {
        decision.events[last].personal.reason = reason
    }
    return decision
}

private func decide(_ state: KeyState?, _ personal: PersonalFields, _ command: KeyCommand, _ now: Timestamp) -> Decision {
    if case .create(let key) = command {
        guard state == nil else { return Decision(events: [], refusal: .keyExists) }
        return decideCreation(key, now: now)
    }
    guard let state else { return Decision(events: [], refusal: .unknownKey) }
    switch state.end {
    case .revoked:
        if case .revoke = command { return .nothingToDo }
        return Decision(events: [], refusal: .ended(.revoked))
    case .expired:
        // Whoever ends all keys of a list has what they want.
        switch command {
        case .expire, .revoke: return .nothingToDo
        case .create, .change, .disable, .enable, .rotate: return Decision(events: [], refusal: .ended(.expired))
        }
    case nil: break
    }
    if state.status(at: now) == .expired {
        let isEnding =
            switch command {
            case .expire, .revoke: true
            case .create, .change, .disable, .enable, .rotate: false
            }
        return Decision(events: [DecidedEvent(.expired)], refusal: isEnding ? nil : .ended(.expired))
    }
    switch command {
    case .create:
        return .nothingToDo
    case .expire:
        return Decision(events: retirements(state.secrets.filter { $0.isDue(at: now) }))
    case .rotate(let rotation):
        return decideRotation(state, rotation, now: now)
    case .change(let change):
        return decideChange(state, personal, change, now: now)
    case .disable:
        return state.isDisabled ? .nothingToDo : Decision(events: [DecidedEvent(.disabled)])
    case .enable:
        return state.isDisabled ? Decision(events: [DecidedEvent(.enabled)]) : .nothingToDo
    case .revoke(let reasonCode):
        if let refusal = KeyRules.check(reasonCode: reasonCode) { return Decision(events: [], refusal: refusal) }
        return Decision(events: [DecidedEvent(.revoked(reasonCode: reasonCode))])
    }
}

private func decideCreation(_ key: NewKey, now: Timestamp) -> Decision {
    if let refusal = KeyRules.check(
        name: key.name, environment: key.environment, scopes: key.scopes, metadata: key.metadata, ipAllowlist: key.ipAllowlist,
        expiresAt: key.expiresAt, now: now)
    {
        return Decision(events: [], refusal: refusal)
    }
    let created = Event.Created(
        environment: key.environment, secret: key.secret, scopes: key.scopes.uniqued(), permissions: key.permissions.uniqued().sorted(),
        expiresAt: key.expiresAt, restrictsAddresses: !key.ipAllowlist.isEmpty)
    let personal = PersonalFields(
        name: key.name.trimmingWhiteSpace, metadata: key.metadata.isEmpty ? nil : key.metadata,
        ipAllowlist: key.ipAllowlist.isEmpty ? nil : canonical(key.ipAllowlist))
    return Decision(events: [DecidedEvent(.created(created), personal: personal)])
}

/// At most two secrets live afterwards: the new one, and the one in use. The latter never lives longer than an earlier rotation said, unless
/// that is asked for: somebody may rely on its end.
private func decideRotation(_ state: KeyState, _ rotation: Rotation, now: Timestamp) -> Decision {
    if let refusal = KeyRules.check(rotation.olderRetires) { return Decision(events: [], refusal: refusal) }
    let live = state.secrets.filter { $0.isLive(at: now) }
    var ended = state.secrets.filter { $0.isDue(at: now) }
    var older: SecretRetirement?
    switch rotation.olderRetires {
    case .now: ended += live
    case .after(let seconds): older = .at(now.adding(seconds: seconds))
    case .whenNewerIsUsed: older = .whenNewerIsUsed
    }
    if older != nil, live.count > 1 { ended += rotation.isNewestUsed ? live.dropLast() : live.suffix(1) }
    if !rotation.extendsGrace {
        for secret in live where !ended.contains(secret) { older = secret.retirement.flatMap { older?.orEarlier($0) } ?? older }
    }
    let newest = state.secrets.map(\.record.id).max() ?? 0
    // No key here comes so far, but a log that was imported may say so.
    guard newest < .max else {
        let problem = "has had as many secrets as can be numbered; create a new key."
        return Decision(events: [], refusal: .invalid(field: "id", problem: problem))
    }
    let number = newest + 1
    let secret = SecretRecord(id: number, digest: rotation.digest, hint: rotation.hint)
    // The new one last: that what it says of older ones is about those that live on.
    return Decision(
        events: retirements(ended) + [
            DecidedEvent(.secretAdded(secret, olderRetire: older, extendsGrace: older.map { _ in rotation.extendsGrace }))
        ])
}

private func retirements(_ secrets: [KeySecret]) -> [DecidedEvent] {
    secrets.map { DecidedEvent(.secretRetired(secretID: $0.record.id)) }
}

private func canonical(_ networks: [String]) -> [String] { networks.compactMap { IPNetwork($0)?.description }.uniqued() }

/// Only what differs is recorded.
private func decideChange(_ state: KeyState, _ current: PersonalFields, _ change: KeyChange, now: Timestamp) -> Decision {
    if let refusal = KeyRules.check(
        name: change.name, scopes: change.scopes, metadata: change.metadata, ipAllowlist: change.ipAllowlist,
        expiresAt: change.expiry?.date, now: now)
    {
        return Decision(events: [], refusal: refusal)
    }
    var changed = Event.Changed()
    var personal = PersonalFields()
    if let scopes = change.scopes?.uniqued(), scopes != state.scopes { changed.scopes = scopes }
    if let permissions = change.permissions?.uniqued().sorted(), permissions != state.permissions { changed.permissions = permissions }
    if let expiry = change.expiry, expiry.date != state.expiresAt { changed.expiry = expiry }
    if let name = change.name?.trimmingWhiteSpace, !(current.name.map { PlainText.areIdentical($0, name) } ?? false) {
        personal.name = name
    }
    if let metadata = change.metadata, !PlainText.areIdentical(metadata, current.metadata ?? [:]) { personal.metadata = metadata }
    if let allowlist = change.ipAllowlist.map(canonical) {
        if allowlist.isEmpty {
            if state.sealedAllowlist != nil { changed.restrictsAddresses = false }
        } else if allowlist != current.ipAllowlist {
            changed.restrictsAddresses = true
            personal.ipAllowlist = allowlist
        }
    }
    changed.replacesName = personal.name != nil
    changed.replacesMetadata = personal.metadata != nil
    guard changed != Event.Changed() else { return .nothingToDo }
    return Decision(events: [DecidedEvent(.changed(changed), personal: personal)])
}

extension Array where Element: Hashable {
    /// The elements in their order, each once.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
