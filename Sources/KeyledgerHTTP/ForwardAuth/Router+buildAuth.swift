public import Hummingbird
public import Ledger
internal import LedgerAPI

/// Builds the router of a listener that only gateways can reach: a gateway need not present a key there.
///
/// - Parameters:
///   - ledger: The ledger that the service uses.
///   - settings: The settings of the routes for gateways.
/// - Returns: The router, with its middleware.
public func buildAuthRouter(ledger: Ledger, settings: ForwardAuthSettings = ForwardAuthSettings()) -> Router<ServiceContext> {
    buildRouter(HealthEndpoints.all, ForwardAuth(ledger: ledger, settings: settings, access: .anyone))
}
