public import KeyEvents
internal import Projections

/// The reason for which a call to Keyledger was denied although its key was valid: the key does not permit the call.
public struct CallDenial: Equatable, Sendable {
    /// The permission that the key lacked; `nil` where the call asked for another account's data, or for a grant that only an operator
    /// makes.
    public let permission: Permission?

    /// Makes a denial.
    ///
    /// - Parameter permission: the permission that the key lacked; `nil` where none explains the refusal.
    public init(lacking permission: Permission?) { self.permission = permission }

    /// Finds the denial in an error.
    ///
    /// - Parameters:
    ///   - error: the error of the call. The initializer returns `nil` where it denies nothing. An unknown key is no denial here: it
    ///     may belong to another account, which `Ledger.denial(_:on:by:)` finds out.
    ///   - caller: the caller.
    public init?(_ error: ServiceError, by caller: Caller) {
        switch error {
        case .missingPermission(let permission): self.init(lacking: permission)
        // A permission that the key has and its account may not grant is not one that the key lacks.
        case .cannotGrant(let permissions): self.init(lacking: permissions.first { !caller.permissions.contains($0) })
        case .beyondCaller, .operatorsOnly: self.init(lacking: nil)
        case .unknownAccount where !caller.account.isOperator: self.init(lacking: nil)
        default: return nil
        }
    }
}
