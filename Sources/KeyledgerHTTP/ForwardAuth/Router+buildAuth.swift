public import Hummingbird
public import Ledger

/// What a listener answers that only gateways reach: who connects to it need not say who they are.
public func buildAuthRouter(ledger: Ledger, settings: ForwardAuthSettings = ForwardAuthSettings()) -> Router<ServiceContext> {
    buildRouter(HealthEndpoints.all, ForwardAuth(ledger: ledger, settings: settings, access: .anyone))
}
