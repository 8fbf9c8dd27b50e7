package import Bytes
internal import KeyEvents
package import Ledger

/// The customer's request, as far as a trusted gateway describes it.
package struct OriginalRequest: Sendable {
    /// The customer's method, path and address; all of them are `nil` when the gateway is not trusted.
    package let method: String?
    package let path: String?
    package let address: IPAddress?
    /// Whether a browser asks if it may send the real request.
    package let isPreflight: Bool
    /// The customer's path and query, whether the gateway is trusted or not: a secret found in them can only lead to a refusal.
    package let targets: [String]

    /// Reads the customer's request.
    ///
    /// - Parameters:
    ///   - forwarded: The gateway's header fields that describe it.
    ///   - direct: The customer's method, and path and query, where they are those of the gateway's own request.
    ///   - asksToSend: Whether the request has the fields of a CORS preflight.
    ///   - proxies: The trusted proxies where the gateway is one of them; `nil` where it is not.
    package init(
        _ forwarded: ForwardedFields, direct: (method: String, target: String)?, asksToSend: Bool, trusted proxies: TrustedProxies?
    ) {
        targets = direct.map { [$0.target] } ?? forwarded.targets
        guard let proxies else {
            (method, path, address, isPreflight) = (nil, nil, nil, false)
            return
        }
        let method = direct.map(\.method) ?? Self.agreed(forwarded.methods)
        self.method = method
        path = Self.agreed(targets)
        address = proxies.client(of: forwarded)
        isPreflight = method == "OPTIONS" && asksToSend
    }

    package var useContext: UseContext { UseContext(address: address, method: method, path: path) }

    /// Returns the value that several fields agree on; `nil` when they differ. A gateway sets one of them and may pass the
    /// other one through from the customer, so when they differ none is believed.
    private static func agreed(_ values: [String]) -> String? { values.allSatisfy { $0 == values[0] } ? values.first : nil }
}
