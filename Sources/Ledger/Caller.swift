public import Bytes
public import KeyEvents
public import Projections
public import Validation

/// On whose behalf something is asked: decides what is visible, what may be done, and what stands in the log as actor.
public struct Caller: Sendable {
    public let actor: Actor
    public let account: AccountID
    public let permissions: PermissionSet
    /// Acts with a secret of the key on that key alone, whatever its permissions are.
    let isHolder: Bool
    /// The person acting, as the host product names them. Personal: recorded sealed.
    public let label: String?
    /// Where the call comes from. Personal: recorded sealed. `nil`: from this host's command line, or it is not known.
    public let address: IPAddress?
    /// The number of the key's secret that was presented, where the caller is a key.
    let secretID: UInt32?

    public init(
        actor: Actor, account: AccountID, permissions: PermissionSet, label: String? = nil, address: IPAddress? = nil,
        secretID: UInt32? = nil
    ) {
        isHolder = false
        self.secretID = secretID
        self.address = address
        self.actor = actor
        self.account = account
        self.permissions = permissions
        self.label = label.map { cleaned($0, bytes: 256) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The command line on the data folder itself: may do everything, since it could write the files anyway.
    public static let commandLine = Caller(actor: .commandLine, account: .operator, permissions: PermissionSet(Permission.allCases))

    /// Who a key that was accepted acts as; `nil` where it was not.
    public init?(_ verdict: Verdict, from address: IPAddress? = nil) {
        guard verdict.isValid, let key = verdict.key else { return nil }
        self.init(actor: .key(key.id), account: key.accountID, permissions: key.permissions, address: address, secretID: key.secretID)
    }

    private init(holderOf key: Verdict.KnownKey, from address: IPAddress?) {
        self.address = address
        actor = .key(key.id)
        account = key.accountID
        permissions = []
        label = nil
        isHolder = true
        secretID = key.secretID
    }

    static func holder(of key: Verdict.KnownKey, from address: IPAddress?) -> Caller { Caller(holderOf: key, from: address) }

    /// Who acted and from where, as far as it is to be sealed.
    package var personal: PersonalFields { PersonalFields(actorLabel: label, clientAddress: address?.description) }

    /// `nil`: of every account.
    public var visibleAccount: AccountID? { account.isOperator ? nil : account }

    package func sees(_ account: AccountID) -> Bool { self.account.isOperator || self.account == account }

    public func require(_ permission: Permission) throws(ServiceError) {
        guard permissions.contains(permission) else { throw .missingPermission(permission) }
    }

    /// Nobody grants what they lack, and what reaches beyond one account only an operator grants, to any key.
    func checkGrant(of granted: [Permission]) throws(ServiceError) {
        let refused = granted.filter { !permissions.contains($0) || ($0.isOperatorOnly && !account.isOperator) }
        guard refused.isEmpty else { throw .cannotGrant(refused) }
    }
}
