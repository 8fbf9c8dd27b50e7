package import KeyEvents
package import Validation

/// The history of a key: its state after its events, and which of them set each part of it.
package struct KeyHistory {
    /// The history of one secret of the key.
    package struct SecretHistory {
        /// The event that added the secret: the key's creation, or a rotation.
        package let added: CausingEvent
        /// The rotation that set how the secret ends, and the time of that end, where it is a time.
        package var retirement: CausingEvent?
        package var retirementDate: Timestamp?
        package var retired: CausingEvent?
        package let record: SecretRecord
    }

    package private(set) var state: KeyState?
    package private(set) var creation: CausingEvent?
    /// The event that last set the scopes; likewise below for the expiry and the allowlist.
    package private(set) var scopes: CausingEvent?
    package private(set) var expiry: CausingEvent?
    package private(set) var allowlist: CausingEvent?
    /// The last event that disabled or enabled the key.
    package private(set) var switching: CausingEvent?
    package private(set) var end: CausingEvent?
    /// The secrets by their number, also those that the state no longer holds.
    package private(set) var secrets: [UInt32: SecretHistory] = [:]

    mutating func apply(_ event: Event, at position: UInt64) {
        guard let after = evolve(state, event, at: position), after != state else { return }
        let live = state?.secrets.filter { $0.retiredAt == nil }.map(\.record.id) ?? []
        state = after
        let causingEvent = CausingEvent(event, at: position)
        switch event.body {
        case .created(let created):
            creation = causingEvent
            (scopes, expiry) = (causingEvent, created.expiresAt == nil ? nil : causingEvent)
            allowlist = created.restrictsAddresses ? causingEvent : nil
            secrets[created.secret.id] = SecretHistory(added: causingEvent, record: created.secret)
        case .changed(let changed):
            if changed.scopes != nil { scopes = causingEvent }
            if changed.expiry != nil { expiry = causingEvent }
            if changed.restrictsAddresses != nil { allowlist = causingEvent }
        case .disabled, .enabled: switching = causingEvent
        case .revoked, .expired: end = causingEvent
        case .secretAdded(let secret, let olderRetire, _):
            if let olderRetire {
                for number in live {
                    secrets[number]?.retirement = causingEvent
                    secrets[number]?.retirementDate = olderRetire.date
                }
            }
            secrets[secret.id] = SecretHistory(added: causingEvent, record: secret)
        case .secretRetired(let number): secrets[number]?.retired = causingEvent
        case .used, .refused, .logForked, .clockConfirmed, .logRead, .logKeyChanged, .accountErased, .accountChanged, .unknown: break
        }
    }

    /// The events that a verdict on one of the key's secrets rests on, in the order of the log.
    package func evidence(of verdict: Verdict, _ accessCheck: AccessCheck) -> [CausingEvent] {
        guard let state, let known = verdict.key else { return [] }
        let secret = secrets[known.secretID]
        let isEnded = state.end != nil
        let evidence: [CausingEvent?] =
            switch verdict.code {
            case .valid:
                [
                    secret?.added, secret?.retirement, expiry, allowlist, switching, accessCheck.scopes.isEmpty ? nil : scopes,
                ]
            case .revoked: known.isSecretRetired ? [secret?.added, secret?.retirement, secret?.retired] : [end]
            case .expired: [expiry, isEnded ? end : nil]
            case .disabled: [switching]
            case .ipNotAllowed: [allowlist]
            case .insufficientScope: [scopes]
            case .notFound, .missing, .badHeader, .malformed: []
            }
        return Set((evidence + [creation]).compactMap(\.self)).sorted { $0.position < $1.position }
    }
}
