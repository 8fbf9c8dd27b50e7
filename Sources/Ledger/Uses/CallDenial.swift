public import KeyEvents
internal import Projections

/// Why a call to Keyledger was refused although its key was good: it must not do that.
public struct CallDenial: Equatable, Sendable {
    /// What the key lacked; `nil` where it was another account's data that was asked for, or a grant that only an operator makes.
    public let permission: Permission?

    public init(lacking permission: Permission?) { self.permission = permission }

    /// `nil` for an error that is no such refusal. Of what is unknown to its caller only an account is one: whether a key that is
    /// answered to be unknown is another account's, `Ledger.denial(_:on:by:)` says.
    public init?(_ error: ServiceError, by caller: Caller) {
        switch error {
        case .missingPermission(let permission): self.init(lacking: permission)
        // What the key holds and its account may not give on is no permission that it lacks.
        case .cannotGrant(let permissions): self.init(lacking: permissions.first { !caller.permissions.contains($0) })
        case .beyondCaller, .operatorsOnly: self.init(lacking: nil)
        case .unknownAccount where !caller.account.isOperator: self.init(lacking: nil)
        default: return nil
        }
    }
}
