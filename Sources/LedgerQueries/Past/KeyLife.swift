package import KeyEvents
package import Validation

/// The history of a key: its state after its events, and which of them set each part of it.
package struct KeyLife {
    /// The history of one secret of the key.
    package struct SecretLife {
        /// The event that added the secret: the key's creation, or a rotation.
        package let added: Ground
        /// The rotation that set how the secret ends, and the time of that end, where it is a time.
        package var retirement: Ground?
        package var retirementDate: Timestamp?
        package var retired: Ground?
        package let record: SecretRecord
    }

    package private(set) var state: KeyState?
    package private(set) var creation: Ground?
    /// The event that last set the scopes; likewise below for the expiry and the allowlist.
    package private(set) var scopes: Ground?
    package private(set) var expiry: Ground?
    package private(set) var allowlist: Ground?
    /// The last event that disabled or enabled the key.
    package private(set) var switching: Ground?
    package private(set) var end: Ground?
    /// The secrets by their number, also those that the state no longer holds.
    package private(set) var secrets: [UInt32: SecretLife] = [:]

    mutating func apply(_ event: Event, at position: UInt64) {
        guard let after = evolve(state, event, at: position), after != state else { return }
        let live = state?.secrets.filter { $0.retiredAt == nil }.map(\.record.id) ?? []
        state = after
        let ground = Ground(event, at: position)
        switch event.body {
        case .created(let created):
            creation = ground
            (scopes, expiry) = (ground, created.expiresAt == nil ? nil : ground)
            allowlist = created.restrictsAddresses ? ground : nil
            secrets[created.secret.id] = SecretLife(added: ground, record: created.secret)
        case .changed(let changed):
            if changed.scopes != nil { scopes = ground }
            if changed.expiry != nil { expiry = ground }
            if changed.restrictsAddresses != nil { allowlist = ground }
        case .disabled, .enabled: switching = ground
        case .revoked, .expired: end = ground
        case .secretAdded(let secret, let olderRetire, _):
            if let olderRetire {
                for number in live {
                    secrets[number]?.retirement = ground
                    secrets[number]?.retirementDate = olderRetire.date
                }
            }
            secrets[secret.id] = SecretLife(added: ground, record: secret)
        case .secretRetired(let number): secrets[number]?.retired = ground
        case .used, .refused, .logForked, .clockConfirmed, .logRead, .logKeyChanged, .accountErased, .accountChanged, .unknown: break
        }
    }

    /// The events that a verdict on one of the key's secrets rests on, in the order of the log.
    package func grounds(of verdict: Verdict, _ question: Question) -> [Ground] {
        guard let state, let known = verdict.key else { return [] }
        let secret = secrets[known.secretID]
        let isEnded = state.end != nil
        let grounds: [Ground?] =
            switch verdict.code {
            case .valid:
                [
                    secret?.added, secret?.retirement, expiry, allowlist, switching, question.scopes.isEmpty ? nil : scopes,
                ]
            case .revoked: known.isSecretRetired ? [secret?.added, secret?.retirement, secret?.retired] : [end]
            case .expired: [expiry, isEnded ? end : nil]
            case .disabled: [switching]
            case .ipNotAllowed: [allowlist]
            case .insufficientScope: [scopes]
            case .notFound, .missing, .badHeader, .malformed: []
            }
        return Set((grounds + [creation]).compactMap(\.self)).sorted { $0.position < $1.position }
    }
}
