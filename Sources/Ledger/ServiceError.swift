public import KeyEvents
public import Validation

/// Why something was not done for its caller. Each case is the caller's to mend; what the operator must mend is thrown as
/// `LedgerError`, `LogError` or `StorageError`.
public enum ServiceError: Error, Equatable, Sendable {
    /// Also for what belongs to another account: the two cannot be told apart.
    case unknownKey
    case unknownAccount
    /// Only keys of the account `operator` do this.
    case operatorsOnly
    /// The account has as many keys as it may.
    case tooManyKeys(keys: UInt64, limit: UInt64)
    /// The key behind a command is no longer accepted.
    case callerRefused(VerdictCode)
    /// What was to be done with a secret takes one that is still in force.
    case secretRetired
    case missingPermission(Permission)
    case cannotGrant([Permission])
    /// A field asks for more than the key behind the command has, or than its account allows (`CallerLimits`).
    case beyondCaller(field: String, problem: String)
    case refused(CommandRefusal)
    /// The command id came before with other content.
    case commandIDReused
    /// The command id came before, and the account was erased since: nobody knows with which content.
    case commandIDForgotten
    case invalid(field: String, problem: String)
    /// The position asked for is not reached within the time a call may wait.
    case behind(position: UInt64?)
}

extension ServiceError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unknownKey: CommandRefusal.unknownKey.message
        case .unknownAccount: "There is no account with this id."
        case .operatorsOnly: "What an account is allowed only a key of the account operator changes, or the local command line."
        case .tooManyKeys(let keys, let limit):
            "The account has \(keys) \(keys == 1 ? "key that has" : "keys that have") not ended, and may have \(limit): revoke some first, or"
                + " let whoever operates the service allow it more (keyledger accounts change)."
        case .callerRefused(let code): Verdict(code, position: nil, decidedAt: Timestamp(seconds: 0)).message
        case .secretRetired: "This secret was replaced by a newer one and is accepted no more; there is nothing to revoke with it."
        case .missingPermission(let permission): "This needs a key with the permission \(permission.rawValue)."
        case .cannotGrant(let permissions):
            "You cannot grant \(permissions.map(\.rawValue).joined(separator: ", ")): nobody grants what they lack, and only an operator"
                + " key or the local command line grants admin, verify or log.read."
        case .refused(let refusal): refusal.message
        case .commandIDReused: "This command id (Idempotency-Key) was used before for something else; use a new one."
        case .commandIDForgotten:
            "This command id (Idempotency-Key) was used before the account's personal fields were erased, and what it was used for is no longer known:"
                + " see what was done, and use a new one."
        case .invalid(let field, let problem), .beyondCaller(let field, let problem): "\(field) \(problem)"
        case .behind(let position):
            "The ledger has not reached the position asked for (it is at \(position.map(String.init) ?? "the beginning")); ask again later."
        }
    }
}
