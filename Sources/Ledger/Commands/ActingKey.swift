internal import KeyEvents
internal import Projections
internal import Storage
internal import Validation

/// The key behind a command, as of the writer's transaction. Its permissions were checked when it was presented; since then the call
/// may have waited for long, and the key may have ended or changed.
struct ActingKey {
    package let state: KeyState
    /// The caller, with the permissions that the key has now.
    let caller: Caller

    /// Reads the key behind a command. `nil` where a person or the ledger itself acts, and where the caller presents a secret of the
    /// key with each call. Throws `ServiceError.callerRefused` where the key is no longer accepted.
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

    /// The time at which the key ends, or the presented secret, to which a rotation may have given an end; `nil` where neither ends by
    /// time.
    var endsAt: Timestamp? {
        let secret = state.secrets.first { $0.record.id == caller.secretID }
        return [state.expiresAt, secret?.retirement?.date].compactMap(\.self).min()
    }

    /// Throws where the key is of another environment than the default one, for commands whose effects are not confined to an environment:
    /// a key for tests touches nothing that lives.
    func requireDefaultEnvironment() throws(ServiceError) {
        guard state.environment != KeyEnvironment.default else { return }
        throw .beyondCaller(
            field: "environment",
            problem:
                "of the key that asks for this is \(state.environment), and what an account may holds for all of its keys: ask with a key of the"
                + " environment \(KeyEnvironment.default).")
    }

    /// Whether a newer secret of the key than the presented one is in force.
    func isOlder(at now: Timestamp) -> Bool {
        guard let own = caller.secretID, let newest = state.secrets.last(where: { $0.isLive(at: now) })?.record.id else { return false }
        return newest > own
    }
}
