/// How gateways ask.
public struct ForwardAuthSettings: Sendable {
    /// `nil`: customers send keys only in `Authorization` and `X-API-Key`.
    public var keyHeader: KeyHeader?
    public var trustedProxies: TrustedProxies

    public init(keyHeader: KeyHeader? = nil, trustedProxies: TrustedProxies = .loopback) {
        self.keyHeader = keyHeader
        self.trustedProxies = trustedProxies
    }
}
