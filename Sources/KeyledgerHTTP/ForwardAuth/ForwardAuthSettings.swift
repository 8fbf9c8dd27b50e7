public import LedgerAPI

/// The settings of the routes for gateways.
public struct ForwardAuthSettings: Sendable {
    /// The header in which customers may also send keys; `nil` when they use only `Authorization` and `X-API-Key`.
    public var keyHeader: KeyHeader?
    /// The proxies whose statements about the customer's request are believed.
    public var trustedProxies: TrustedProxies

    /// Creates settings; by default the proxies on this host are trusted.
    public init(keyHeader: KeyHeader? = nil, trustedProxies: TrustedProxies = .loopback) {
        self.keyHeader = keyHeader
        self.trustedProxies = trustedProxies
    }
}
