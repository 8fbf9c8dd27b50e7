public import KeyEvents
public import Validation

/// Why a call was not carried out. Each case is for the caller to correct; what the operator must correct is thrown as `LedgerError`,
/// `LogError` or `StorageError`.
public enum ServiceError: Error, Equatable, Sendable {
    /// There is no such key, or it belongs to another account; the error is the same for both.
    case unknownKey
    /// There is no such account, or the caller does not see it.
    case unknownAccount
    /// The call is reserved for keys of the account `operator`, and the local command line.
    case operatorsOnly
    /// The account has as many keys that have not ended as its rules allow.
    case tooManyKeys(keys: UInt64, limit: UInt64)
    /// The key behind a command is no longer accepted.
    case callerRefused(VerdictCode)
    /// The secret was replaced by a newer one, and the call needs one that is in force.
    case secretRetired
    /// The caller lacks a permission that the call needs.
    case missingPermission(Permission)
    /// The caller may not give these permissions to a key.
    case cannotGrant([Permission])
    /// A field asks for more than the key behind the command has, or than its account's rules allow (`CallerLimits`).
    case beyondCaller(field: String, problem: String)
    /// The rules for keys refuse the command.
    case refused(CommandRefusal)
    /// The command id was used before with other content.
    case commandIDReused
    /// The command id was used before the account was erased, so that its content can no longer be compared.
    case commandIDForgotten
    /// A field of the call is not valid.
    case invalid(field: String, problem: String)
    /// The position asked for was not reached within the time that a call may wait; `position` is the last one, `nil` for an empty log.
    case behind(position: UInt64?)
}

extension ServiceError: CustomStringConvertible {
    /// The sentence for the caller: what was refused, and what to do.
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
