public import Ledger
internal import Logging

/// What a server answers on its connections' own threads wherever it can; its router answers the rest.
public enum DirectAnswers: Sendable {
    case none
    /// Verifying, and gateways with a key of their own.
    case service(Ledger, ForwardAuthSettings)
    /// Gateways, on a listener that only they reach.
    case gateways(Ledger, ForwardAuthSettings)

    /// Whose many connections are those of many clients.
    var trustedProxies: TrustedProxies {
        switch self {
        case .none: .loopback
        case .service(_, let settings), .gateways(_, let settings): settings.trustedProxies
        }
    }

    /// At log level debug, where each call is noted, the router answers all.
    func endpoints(_ logger: Logger) -> [any DirectEndpoint] {
        guard logger.logLevel > .debug else { return [] }
        switch self {
        case .none:
            return []
        case .service(let ledger, let settings):
            let forwardAuth = ForwardAuth(ledger: ledger, settings: settings, access: .serviceKey)
            return [
                DirectVerify(ledger: ledger, proxies: settings.trustedProxies, logger: logger),
                DirectAuth(forwardAuth: forwardAuth, logger: logger),
            ]
        case .gateways(let ledger, let settings):
            return [DirectAuth(forwardAuth: ForwardAuth(ledger: ledger, settings: settings, access: .anyone), logger: logger)]
        }
    }
}
