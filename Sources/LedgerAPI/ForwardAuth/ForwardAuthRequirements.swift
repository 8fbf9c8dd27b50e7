internal import KeyEvents

/// The requirements of a gateway's configuration on the customer's request. The customer cannot influence them.
package struct ForwardAuthRequirements: Sendable {
    package static let parameters = ["scope", "environment", "proxy", "preflight"]

    private enum Preflight: String, CaseIterable {
        case allow
    }

    /// The scopes that the key must permit, all of them.
    package let scopes: [String]
    package let environment: String?
    /// Whether a CORS preflight passes without a key, because browsers send none with it.
    package let allowsPreflight: Bool

    /// Parses the parameters. Throws the problem that the operator must correct in the gateway's configuration. An unknown
    /// parameter is refused too: it may be a mistyped one that was meant to restrict something.
    package init(_ text: String?) throws(Problem) {
        do {
            let query = try Query(text)
            try query.check(allowed: Self.parameters, repeatable: ["scope"])
            scopes = query.values("scope")
            environment = query["environment"]
            allowsPreflight = try query.choice("preflight", Preflight.self) == .allow
            _ = try query.choice("proxy", ResponseDialect.Named.self)
        } catch {
            throw Problem(.gatewayMisconfigured, "The address at which the gateway asks is wrong: \(error.detail)")
        }
        let unset = Timestamp(seconds: 0)
        if let refusal = KeyRules.check(environment: environment, scopes: scopes, now: unset) {
            throw Problem(.gatewayMisconfigured, "The address at which the gateway asks is wrong: its \(refusal.message)")
        }
    }
}
