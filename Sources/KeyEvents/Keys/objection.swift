/// Returns why no command on a state records an event. The function is the inverse of `decide` and asks it: each event is
/// compared with what the command that it would come of decides.
///
/// Three things are not judged: what is sealed; what one event alone does not show (which secrets a rotation ends, and who may do
/// it); and events in which a newer version says what this one cannot read.
///
/// - Parameters:
///   - event: The event, with its stamp.
///   - state: The state of the key before the event; `nil` where the key does not exist.
///   - now: The time by which the command was decided, where it is known: it is the stamp wherever the stamp is later than that
///     of the record before. `nil` means some time up to the stamp.
/// - Returns: A clause about the event; `nil` where a command records it.
public func objection(to event: Event, on state: KeyState?, now: Timestamp?) -> String? {
    guard event.unknownFields.isEmpty else { return nil }
    let earliest = now ?? Timestamp(microseconds: .min)
    switch event.body {
    case .created(let created):
        guard state == nil else { return "the key is created a second time" }
        guard created.secret.id == 1 else { return "the key is created with a secret that is not its first" }
        let new = NewKey(
            name: "-", environment: created.environment, secret: created.secret, scopes: created.scopes, permissions: created.permissions,
            metadata: [:], ipAllowlist: created.restrictsAddresses ? ["0.0.0.0/0"] : [], expiresAt: created.expiresAt)
        let decision = decide(nil, PersonalFields(), .create(new), now: earliest)
        if decision.refusal?.isForSecret ?? false { return nil }
        if let field = decision.refusal?.field { return "the key is created with \(field) that no key may have" }
        return decision.decides(event.body) ? nil : "the key is created with scopes or permissions that are not in the form of a command"
    case .changed(let changed):
        let change = KeyChange(
            name: changed.replacesName ? "-" : nil, scopes: changed.scopes, permissions: changed.permissions,
            metadata: changed.replacesMetadata ? ["-": "-"] : nil,
            ipAllowlist: changed.restrictsAddresses.map { $0 ? ["0.0.0.0/0"] : [] }, expiry: changed.expiry)
        let decision = decide(state, PersonalFields(), .change(change), now: earliest)
        if decision.refusal?.isForSecret ?? false { return nil }
        if let field = decision.refusal?.field { return "the key is given \(field) that no key may have" }
        return decision.decides(event.body) ? nil : late(decision) ?? "the change says what was so before"
    case .disabled:
        let decision = decide(state, PersonalFields(), .disable, now: earliest)
        return decision.decides(event.body) ? nil : late(decision) ?? "the key is disabled, and was so before"
    case .enabled:
        let decision = decide(state, PersonalFields(), .enable, now: earliest)
        return decision.decides(event.body) ? nil : late(decision) ?? "the key is enabled, and was not disabled"
    case .revoked(let code):
        // The clock does not matter here: while it is in doubt a key is revoked whether or not its expiry has passed.
        let decision = decide(state, PersonalFields(), .revoke(reasonCode: code), now: Timestamp(microseconds: .min))
        if decision.refusal?.isForSecret ?? false { return nil }
        if decision.refusal?.field != nil { return "the key is revoked for a reason code that is none" }
        return decision.decides(event.body) ? nil : "the key is revoked a second time"
    case .expired:
        // No command was decided later than this time.
        let decision = decide(state, PersonalFields(), .expire, now: event.time.decidedAt)
        return decision.decides(event.body) ? nil : "the expiry of the key is recorded, and its time had not come"
    case .secretAdded(let secret, let olderRetire, let extendsGrace):
        return state.flatMap {
            objection(to: secret, olderRetire, extendsGrace, on: $0, now: now, recordedAt: event.recordedAt)
        }
    case .secretRetired(let id):
        let isLive = state?.secrets.contains { $0.record.id == id && $0.retiredAt == nil } ?? false
        return isLive ? nil : "the secret \(id) of the key ends, which it has not, or no longer"
    case .used, .refused, .logForked, .clockConfirmed, .logRead, .logKeyChanged, .accountErased, .accountChanged, .unknown:
        return nil
    }
}

/// Returns why no rotation adds a secret. The event comes at the end of a rotation, after the events of the secrets that the
/// rotation ends.
private func objection(
    to secret: SecretRecord, _ olderRetire: SecretRetirement?, _ extendsGrace: Bool?, on state: KeyState, now: Timestamp?,
    recordedAt: Timestamp
) -> String? {
    if let now, state.status(at: now) == .expired { return "the key had expired" }
    let number = (state.secrets.map(\.record.id).max() ?? 0) &+ 1
    guard secret.id == number else { return "the key gets a secret that is not number \(number)" }
    let older = state.secrets.filter { $0.retiredAt == nil }
    guard older.count <= 1 else { return "the key has more than two secrets at once" }
    guard let olderRetire else {
        return older.isEmpty ? nil : "the key gets a new secret, and the older one goes on without an end"
    }
    if let date = olderRetire.date {
        // The stamp is the upper bound: a command may have been decided before the stamp, never after it.
        let isTooLate = date > recordedAt + KeyRules.grace.upperBound
        if isTooLate || now.map({ date <= $0 }) ?? false { return "the older secret of the key is given a grace that nobody can give" }
    }
    // A record that does not say by which rule it was decided is older than the rule.
    let isLonger = older.contains { $0.retirement.map { olderRetire.orEarlier($0) != olderRetire } ?? false }
    return isLonger && extendsGrace == false ? "the older secret of the key lives longer than was said, and that was not asked for" : nil
}

/// A command on a key whose expiry has passed records the expiry and nothing else.
private func late(_ decision: Decision) -> String? { decision.decides(.expired) ? "the key had expired" : nil }

extension Decision {
    fileprivate func decides(_ body: Event.Body) -> Bool { events.map(\.body) == [body] }
}

extension CommandRefusal {
    /// Whether the refusal is for a secret in a field. Before version 2 of the format such a field was accepted.
    fileprivate var isForSecret: Bool { if case .secretInField = self { true } else { false } }

    fileprivate var field: String? { if case .invalid(let field, _) = self { field } else { nil } }
}
