package import Bytes
package import KeyEvents
package import Ledger
internal import Projections
package import Validation

/// Whether the key that a call to Keyledger presents lets it through: the one policy for every way in over HTTP.
package struct CallAuthorization: Sendable {
    /// The verdict on the key. It is recorded with `Verifier.recordCall` or `beginCall`, not here.
    package let verdict: Verdict
    /// Who the key acts as; `nil` where it is refused.
    package let caller: Caller?
    /// The permission that the call was let in by, or lacks.
    package let permission: Permission
    /// The address that the verdict was asked for.
    package let address: IPAddress?

    /// Decides on a call. Nothing is recorded.
    ///
    /// - Parameters:
    ///   - secret: The key that the call presents.
    ///   - permission: The permission that the call needs.
    ///   - other: A permission that does as well, where there is one.
    ///   - address: Where the call comes from; `nil` where that is not known.
    ///   - endsOnly: Whether the call takes from keys and gives nothing, so that it goes on while the clock is in doubt.
    ///   - ledger: The ledger that knows the key.
    /// - Throws: The errors of the verdict: nothing can be said, and the call must not be let in.
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

    /// The caller, where its key is good and has the permission.
    package var granted: Caller? { caller.flatMap { $0.permissions.contains(permission) ? $0 : nil } }

    /// Why a key that is good does not let the call through; `nil` where it does, and for a key that is refused.
    package var denial: CallDenial? { caller != nil && granted == nil ? CallDenial(lacking: permission) : nil }

    /// Records that the key was used for the call, or was refused.
    package func record(in ledger: Ledger) { ledger.verifier.recordCall(verdict, from: address, denial: denial) }
}
