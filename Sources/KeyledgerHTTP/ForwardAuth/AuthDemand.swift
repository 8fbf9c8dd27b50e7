internal import KeyEvents

/// What a gateway's configuration wants of the customer's request. A customer has no part in it.
struct AuthDemand: Sendable {
    static let parameters = ["scope", "environment", "proxy", "preflight"]

    private enum Preflight: String, CaseIterable {
        case allow
    }

    /// The key must permit all of them.
    let scopes: [String]
    let environment: String?
    /// Whether a CORS preflight passes without a key: browsers send none with it.
    let allowsPreflight: Bool

    /// Throws what the operator has to mend in the gateway's configuration: also a parameter that is not known here, which may be a
    /// mistyped one that was to restrict something.
    init(_ text: String?) throws(Problem) {
        do {
            let query = try Query(text)
            try query.check(allowed: Self.parameters, repeatable: ["scope"])
            scopes = query.values("scope")
            environment = query["environment"]
            allowsPreflight = try query.choice("preflight", Preflight.self) == .allow
            _ = try query.choice("proxy", AuthForm.Named.self)
        } catch {
            throw Problem(.gatewayMisconfigured, "The address at which the gateway asks is wrong: \(error.detail)")
        }
        let unset = Timestamp(seconds: 0)
        if let refusal = KeyRules.check(environment: environment, scopes: scopes, now: unset) {
            throw Problem(.gatewayMisconfigured, "The address at which the gateway asks is wrong: its \(refusal.message)")
        }
    }
}
