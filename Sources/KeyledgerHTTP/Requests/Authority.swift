internal import Bytes
internal import KeyEvents
internal import Ledger
internal import Projections
internal import Validation

/// What lets an answer go on for longer than a moment: the key that authorised it, to be looked at again and again.
struct Authority: Sendable {
    private let secret: Secret
    private let address: IPAddress?
    private let permission: Permission

    init(_ secret: some StringProtocol, from address: IPAddress?, _ permission: Permission) {
        self.secret = Secret(String(secret))
        self.address = address
        self.permission = permission
    }

    /// Whether the key would still be let in. Records nothing: its use was recorded when it was.
    func holds(_ ledger: Ledger) throws -> Bool {
        Caller(try ledger.verifier.check(secret.reveal(), Question(address: address)))?.permissions.contains(permission) ?? false
    }
}
