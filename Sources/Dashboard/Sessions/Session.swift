internal import Bytes
internal import KeyEvents
internal import Ledger
internal import Projections
internal import Validation

/// The session of a signed-in user.
struct Session: Sendable {
    /// How the user signed in.
    enum Basis: Sendable {
        /// The user signed in with a key of the ledger. The session has the permissions that the key has at present.
        case key(KeyID, secret: UInt32)
        /// The host product handed the user over.
        case handedOver(HandOver.User)
        /// The user followed the link that the first start prints.
        case link
    }

    /// The user that a session is counted for.
    enum Holder: Hashable {
        case key(KeyID)
        case person(AccountID, String)
        case link
    }

    let basis: Basis
    /// The account whose keys are shown.
    let account: AccountID
    let startedAt: Timestamp
    var seenAt: Timestamp
    /// The creation forms that were sent, by their command ids: sending one again does not create a second key of the same
    /// name.
    var sentForms: Set<String> = []
    /// The notice for the page with this path, which the browser was sent to.
    var notice: (notice: Notice, path: String, at: Timestamp)?
    /// The address of the list of keys as the user last looked at it, to which the other pages lead back.
    var list = ListAddress()
    /// The keys that are selected in the list, on all its pages, as the user last sent them.
    var picked: [KeyID] = []
    /// What became of the keys that were last revoked together.
    var report: [BulkRevokePage.Report] = []
    /// The keys that the user revoked lately, the newest first.
    var endings: [KeyEnding] = []

    var holder: Holder { basis.holder(of: account) }

    /// Returns the caller on whose behalf the session acts; `nil` when the key behind it no longer permits that. The key is
    /// checked as if it were presented again, so that all its rules apply.
    ///
    /// `address` is the client's address; `nil` when it is not known. Throws `PageProblem` when the key is good but may not be
    /// used from that address: the session remains valid elsewhere.
    func caller(_ ledger: Ledger, from address: IPAddress?) throws -> Caller? {
        switch basis {
        case .key(let id, let secret):
            let verdict = try ledger.verifier.verdict(onSecret: secret, of: id, AccessCheck(address: address))
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

/// A key that a user has revoked, with the list that they were looking at then.
struct KeyEnding: Sendable {
    /// For how long the list shows the key to that user, although it hides keys that have ended.
    static let lifetime = Duration.seconds(600)
    static let maxCount = 50

    let key: KeyID
    let list: ListAddress
    let at: Timestamp

    /// Whether a list shows the key: the one from which it disappeared, and the one that nothing is filtered in.
    func isShown(in list: ListAddress, at now: Timestamp) -> Bool {
        now < at + Self.lifetime && list.statuses == nil && (list == self.list || list == ListAddress())
    }
}
