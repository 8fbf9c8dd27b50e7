internal import Bytes
internal import KeyEvents
internal import Ledger
internal import Projections
internal import Validation

/// Somebody who is signed in.
struct Session: Sendable {
    enum Basis: Sendable {
        /// A key of the ledger was shown. The session is worth what the key is worth at the moment.
        case key(KeyID, secret: UInt32)
        /// The host product handed its user over.
        case handedOver(HandOver.User)
        /// The link that a first start prints.
        case link
    }

    /// Who is signed in, for counting how often.
    enum Holder: Hashable {
        case key(KeyID)
        case person(AccountID, String)
        case link
    }

    let basis: Basis
    /// Whose keys are shown.
    let account: AccountID
    let startedAt: Timestamp
    var seenAt: Timestamp
    /// The creation forms that were sent off, by their command ids: sending one again is not a second key of the same name.
    var sentForms: Set<String> = []

    var holder: Holder { basis.holder(of: account) }

    /// On whose behalf the session acts; `nil` when the key behind it does not permit it any more. The key is asked as if it were shown
    /// again, so that all its rules hold.
    /// `address`: from where the request comes; `nil` where that is not known. Throws `PageProblem` where the key is good and may not be used
    /// from that address: the session goes on elsewhere.
    func caller(_ ledger: Ledger, from address: IPAddress?) throws -> Caller? {
        switch basis {
        case .key(let id, let secret):
            let verdict = try ledger.verifier.verdict(onSecret: secret, of: id, Question(address: address))
            if verdict?.code == .ipNotAllowed { throw PageProblem.addressRefused }
            guard let caller = verdict.flatMap({ Caller($0, from: address) }), caller.permissions.contains(.keysRead) else { return nil }
            return caller
        case .handedOver(let user):
            return Caller(
                actor: Actor(kind: .account, id: user.account.description), account: user.account,
                permissions: PermissionSet([.keysRead, .keysWrite]), label: user.subject, address: address)
        case .link:
            return Caller(
                actor: Actor(kind: .operator, id: "dashboard"), account: .operator, permissions: PermissionSet(Permission.allCases),
                address: address)
        }
    }
}

extension Session.Basis {
    func holder(of account: AccountID) -> Session.Holder {
        switch self {
        case .key(let id, _): .key(id)
        case .handedOver(let user): .person(account, user.subject)
        case .link: .link
        }
    }
}
