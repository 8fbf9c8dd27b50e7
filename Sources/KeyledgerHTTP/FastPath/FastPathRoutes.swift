public import Ledger
internal import LedgerAPI
internal import Logging

/// The routes that a server serves on its connections' own threads when that is possible; the router serves the rest.
public enum FastPathRoutes: Sendable {
    /// The router serves every call.
    case none
    /// The server responds to verification requests and to gateways that present a key of their own.
    case service(Ledger, ForwardAuthSettings)
    /// The server responds to gateways on a listener that only gateways can reach.
    case gateways(Ledger, ForwardAuthSettings)

    /// The proxies that open many connections on behalf of many clients.
    var trustedProxies: TrustedProxies {
        switch self {
        case .none: .loopback
        case .service(_, let settings), .gateways(_, let settings): settings.trustedProxies
        }
    }

    /// Makes the endpoints. At log level debug, where every call is logged, there are none, so that the router serves every call.
    func endpoints(_ logger: Logger) -> [any FastPathEndpoint] {
        guard logger.logLevel > .debug else { return [] }
        switch self {
        case .none:
            return []
        case .service(let ledger, let settings):
            let forwardAuth = ForwardAuth(ledger: ledger, settings: settings, access: .serviceKey)
            return [
                FastPathVerify(ledger: ledger, proxies: settings.trustedProxies, logger: logger),
                FastPathForwardAuth(forwardAuth: forwardAuth, logger: logger),
            ]
        case .gateways(let ledger, let settings):
            return [FastPathForwardAuth(forwardAuth: ForwardAuth(ledger: ledger, settings: settings, access: .anyone), logger: logger)]
        }
    }
}
