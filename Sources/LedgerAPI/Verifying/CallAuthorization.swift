package import Bytes
package import KeyEvents
package import Ledger
internal import Projections
package import Validation

/// The decision on whether the key that a call to Keyledger presents lets it through: the only policy for every API over HTTP.
package struct CallAuthorization: Sendable {
    /// The verdict on the key. It is recorded with `Verifier.recordCall` or `beginCall`, not here.
    package let verdict: Verdict
    /// The caller that the key identifies; `nil` where the key is refused.
    package let caller: Caller?
    /// The permission by which the call is let through, or which the key lacks.
    package let permission: Permission
    /// The address by which the verdict was decided; `nil` where it is not known.
    package let address: IPAddress?

    /// Decides on a call. Nothing is recorded.
    ///
    /// - Parameters:
    ///   - secret: The key that the call presents.
    ///   - permission: The permission that the call needs.
    ///   - other: Another permission that is sufficient, where there is one.
    ///   - address: The address of the caller; `nil` where it is not known.
    ///   - endsOnly: Whether the call only restricts keys and grants nothing, so that it is let through while the clock is in doubt.
    ///   - ledger: The ledger that knows the key.
    /// - Throws: The errors of the verdict: there is no decision, and the call must not be let through.
    package init(
        _ secret: some StringProtocol, for permission: Permission, or other: Permission? = nil, from address: IPAddress?,
        endsOnly: Bool = false, in ledger: Ledger
    ) throws {
        verdict = try ledger.verifier.verdictOnCaller(secret, from: address, endsOnly: endsOnly)
        self.address = address
        caller = Caller(verdict, from: address)
        let isOther = other.map { [caller] in caller?.permissions.contains(permission) == false && caller?.permissions.contains($0) == true
        }
        self.permission = isOther == true ? other ?? permission : permission
    }

    /// The caller, where its key is accepted and has the permission; `nil` otherwise.
    package var granted: Caller? { caller.flatMap { $0.permissions.contains(permission) ? $0 : nil } }

    /// The reason for which a key that is accepted does not let the call through; `nil` where it does, and for a key that is refused.
    package var denial: CallDenial? { caller != nil && granted == nil ? CallDenial(lacking: permission) : nil }

    /// Records that the key was used for the call, or was refused.
    package func record(in ledger: Ledger) { ledger.verifier.recordCall(verdict, from: address, denial: denial) }
}
