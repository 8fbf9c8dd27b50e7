internal import Bytes
internal import KeyEvents
internal import Ledger
internal import Projections
internal import Validation

/// The authorization of a response that takes long, such as a stream: the key behind it, which is checked again and again.
struct StreamAuthorization: Sendable {
    private let secret: Secret
    private let address: IPAddress?
    private let permission: Permission

    init(_ secret: some StringProtocol, from address: IPAddress?, _ permission: Permission) {
        self.secret = Secret(String(secret))
        self.address = address
        self.permission = permission
    }

    /// Whether the key would still be accepted. Records nothing: the use was recorded when the call began.
    func holds(_ ledger: Ledger) throws -> Bool {
        Caller(try ledger.verifier.evaluate(secret.reveal(), AccessCheck(address: address)))?.permissions.contains(permission) ?? false
    }
}
