public import Bytes
public import KeyEvents
public import Projections
public import Validation

/// The principal of a call, which decides what is visible, what may be done, and which actor the log records.
public struct Caller: Sendable {
    /// Who acts, as the log records it.
    public let actor: Actor
    /// The account that the caller acts for; the account `operator` sees every account.
    public let account: AccountID
    /// The permissions of the caller.
    public let permissions: PermissionSet
    /// Whether the caller presented a secret of the key itself: then it may act on that key alone, whatever the key's permissions are.
    let isHolder: Bool
    /// The person acting, as the host product names them: without control characters, at most 256 bytes. It is personal: the log stores
    /// it sealed.
    public let label: String?
    /// The address that the call comes from; `nil` for the command line of this host, and where the address is not known. Personal: the
    /// log holds it sealed.
    public let address: IPAddress?
    /// The number of the presented secret among the key's secrets, where the caller is a key.
    let secretID: UInt32?

    /// Names a caller.
    ///
    /// - Parameters:
    ///   - actor: who acts, as the log records it.
    ///   - account: the account that the caller acts for.
    ///   - permissions: the permissions of the caller.
    ///   - label: the person acting; control characters are removed and it is cut to 256 bytes of UTF-8. An empty text counts as `nil`.
    ///   - address: the address that the call comes from; `nil` where it is not known.
    ///   - secretID: the number of the presented secret, where the caller is a key.
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

    /// The command line on the data folder itself: it may do everything, since it could write the files anyway.
    public static let commandLine = Caller(actor: .commandLine, account: .operator, permissions: PermissionSet(Permission.allCases))

    /// The caller that an accepted key acts as.
    ///
    /// - Parameters:
    ///   - verdict: the verdict on the key; the initializer returns `nil` where the key was not accepted.
    ///   - address: the address that the call comes from; `nil` where it is not known.
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

    /// The fields of the caller that are recorded sealed: the person and the address.
    package var personal: PersonalFields { PersonalFields(actorLabel: label, clientAddress: address?.description) }

    /// The account whose data the caller sees; `nil` for an operator, who sees every account.
    public var visibleAccount: AccountID? { account.isOperator ? nil : account }

    package func sees(_ account: AccountID) -> Bool { self.account.isOperator || self.account == account }

    /// Checks that the caller has a permission.
    ///
    /// - Parameter permission: the permission that the call needs.
    /// - Throws: `ServiceError.missingPermission` where the caller lacks it.
    public func require(_ permission: Permission) throws(ServiceError) {
        guard permissions.contains(permission) else { throw .missingPermission(permission) }
    }

    /// Checks that the caller may give these permissions to a key: nobody grants what they lack, and permissions that reach beyond one
    /// account are granted by operators alone.
    func checkGrant(of granted: [Permission]) throws(ServiceError) {
        let refused = granted.filter { !permissions.contains($0) || ($0.isOperatorOnly && !account.isOperator) }
        guard refused.isEmpty else { throw .cannotGrant(refused) }
    }
}
