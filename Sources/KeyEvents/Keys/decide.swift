internal import Bytes

/// The decision on a command. It may hold events even where the command is refused: a command that meets an expiry that has
/// passed records the expiry first.
public struct Decision: Equatable, Sendable {
    /// The events to record, in order.
    public var events: [DecidedEvent]
    /// The reason why the command was not carried out; `nil` where it was.
    public var refusal: CommandRefusal?

    /// The decision that nothing has to be recorded.
    public static let noChange = Decision(events: [])

    /// Creates a decision.
    ///
    /// - Parameters:
    ///   - events: The events to record, in order.
    ///   - refusal: The reason why the command was not carried out; `nil` where it was.
    public init(events: [DecidedEvent], refusal: CommandRefusal? = nil) {
        self.events = events
        self.refusal = refusal
    }
}

/// An event before it is sealed and stamped.
public struct DecidedEvent: Equatable, Sendable {
    /// What happened.
    public var body: Event.Body
    /// The personal fields of the event, in the clear.
    public var personal: PersonalFields

    /// Creates an event.
    ///
    /// - Parameters:
    ///   - body: What happened.
    ///   - personal: The personal fields of the event, in the clear.
    public init(_ body: Event.Body, personal: PersonalFields = PersonalFields()) {
        self.body = body
        self.personal = personal
    }
}

/// Decides a command. The function is pure: the same state, command and time give the same decision. A command for what is
/// already so records nothing, and so does the revocation of a key whose expiry is recorded.
///
/// - Parameters:
///   - state: The state of the key; `nil` where no key has the id.
///   - personal: The personal fields that the state holds sealed, as far as they can be decrypted.
///   - command: The command.
///   - reason: The reason for the command, in the words of the person who gave it. It goes with the event that the command asks
///     for, and not with those that the command brings about beside it.
///   - now: The time of the decision.
/// - Returns: The events to record and, where the command was refused, the reason.
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
        if case .revoke = command { return .noChange }
        return Decision(events: [], refusal: .ended(.revoked))
    case .expired:
        // A caller that revokes all keys of a list has what it wants where one of them has expired.
        switch command {
        case .expire, .revoke: return .noChange
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
        return .noChange
    case .expire:
        return Decision(events: retirements(state.secrets.filter { $0.isDue(at: now) }))
    case .rotate(let rotation):
        return decideRotation(state, rotation, now: now)
    case .change(let change):
        return decideChange(state, personal, change, now: now)
    case .disable:
        return state.isDisabled ? .noChange : Decision(events: [DecidedEvent(.disabled)])
    case .enable:
        return state.isDisabled ? Decision(events: [DecidedEvent(.enabled)]) : .noChange
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

/// Decides a rotation. Afterwards at most two secrets are in force: the new one and the one in use. The latter never lives longer
/// than an earlier rotation said, unless the command asks for that, since somebody may rely on its end.
private func decideRotation(_ state: KeyState, _ rotation: Rotation, now: Timestamp) -> Decision {
    if let refusal = KeyRules.check(rotation.olderRetires) { return Decision(events: [], refusal: refusal) }
    let live = state.secrets.filter { $0.isLive(at: now) }
    var ended = state.secrets.filter { $0.isDue(at: now) }
    var older: SecretRetirement?
    switch rotation.olderRetires {
    case .now: ended += live
    case .after(let grace): older = .at(now + grace)
    case .whenNewerIsUsed: older = .whenNewerIsUsed
    }
    if older != nil, live.count > 1 { ended += rotation.isNewestUsed ? live.dropLast() : live.suffix(1) }
    if !rotation.extendsGrace {
        for secret in live where !ended.contains(secret) { older = secret.retirement.flatMap { older?.orEarlier($0) } ?? older }
    }
    let newest = state.secrets.map(\.record.id).max() ?? 0
    // No key of this ledger gets so many secrets, but an imported log may claim it.
    guard newest < .max else {
        let problem = "has had as many secrets as can be numbered; create a new key."
        return Decision(events: [], refusal: .invalid(field: "id", problem: problem))
    }
    let number = newest + 1
    let secret = SecretRecord(id: number, digest: rotation.digest, hint: rotation.hint)
    // The new secret comes last, so that what it says of older secrets applies to those that stay in force.
    return Decision(
        events: retirements(ended) + [
            DecidedEvent(.secretAdded(secret, olderRetire: older, extendsGrace: older.map { _ in rotation.extendsGrace }))
        ])
}

private func retirements(_ secrets: [KeySecret]) -> [DecidedEvent] {
    secrets.map { DecidedEvent(.secretRetired(secretID: $0.record.id)) }
}

private func canonical(_ networks: [String]) -> [String] { networks.compactMap { IPNetwork($0)?.description }.uniqued() }

/// Decides a change. Only fields that differ are recorded.
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
    guard changed != Event.Changed() else { return .noChange }
    return Decision(events: [DecidedEvent(.changed(changed), personal: personal)])
}

extension Array where Element: Hashable {
    /// Returns the elements in their order, each of them once.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
