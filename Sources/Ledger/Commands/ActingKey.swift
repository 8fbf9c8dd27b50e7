internal import KeyEvents
internal import Projections
internal import Storage
internal import Validation

/// The key behind a command, as it is in the writer's turn. What it may do was looked at when it was presented; since then its call may have
/// waited for long, and the key may have been ended, or changed.
struct ActingKey {
    package let state: KeyState
    /// The caller, with what the key may do now.
    let caller: Caller

    /// `nil` where a person acts, or the ledger itself; likewise for whoever holds a secret and says so with each call. Throws
    /// `ServiceError.callerRefused` where the key is no longer accepted.
    init?(of caller: Caller, at now: Timestamp, _ store: StateStore, _ transaction: borrowing WriteTransaction) throws {
        guard caller.actor.kind == .key, !caller.isHolder else { return nil }
        guard let id = KeyID(caller.actor.id), let state = try store.decidingState(id, transaction), state.accountID == caller.account
        else {
            throw ServiceError.callerRefused(.notFound)
        }
        switch state.status(at: now) {
        case .active: break
        case .revoked: throw ServiceError.callerRefused(.revoked)
        case .expired: throw ServiceError.callerRefused(.expired)
        case .disabled: throw ServiceError.callerRefused(.disabled)
        }
        self.state = state
        self.caller = Caller(
            actor: caller.actor, account: caller.account, permissions: PermissionSet(state.permissions), label: caller.label,
            address: caller.address, secretID: caller.secretID)
    }

    /// When what was presented ends by itself: the key, or the secret, which a rotation may have given an end; `nil`: never.
    var endsAt: Timestamp? {
        let secret = state.secrets.first { $0.record.id == caller.secretID }
        return [state.expiresAt, secret?.retirement?.date].compactMap(\.self).min()
    }

    /// Whether a newer secret of the key than the one that was presented is in force.
    func isOlder(at now: Timestamp) -> Bool {
        guard let own = caller.secretID, let newest = state.secrets.last(where: { $0.isLive(at: now) })?.record.id else { return false }
        return newest > own
    }
}
