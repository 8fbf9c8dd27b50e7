internal import Bytes
internal import HTTPTypes
internal import KeyEvents
internal import Ledger

/// The customer's request, as far as a trusted gateway describes it.
struct OriginalRequest: Sendable {
    /// The values of the gateway's header fields, each kind in the order of arrival.
    private struct Told {
        var methods: [String] = []
        var targets: [String] = []
        var hops: [String] = []
        var addresses: [String] = []

        /// Collects the fields in one pass, because looking for each name separately takes several times as long.
        init(_ headers: HTTPFields) {
            for field in headers {
                switch field.name {
                case .forwardedFor: hops.append(field.value)
                case .realIP: addresses.append(field.value)
                case .forwardedMethod, .originalMethod: methods.append(field.value)
                case .forwardedURI, .originalURI: targets.append(field.value)
                case .originalURL: targets.append(Self.target(ofURL: field.value))
                default: break
                }
            }
        }

        /// Returns the path and query of an address with scheme and host, as ingress-nginx sends it.
        private static func target(ofURL url: String) -> String {
            guard let scheme = url.firstRange(of: "://") else { return url }
            let rest = url[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
            return rest.hasPrefix("/") ? String(rest) : "/" + rest
        }
    }

    /// The customer's method, path and address; all of them are `nil` when the gateway is not trusted.
    let method: String?
    let path: String?
    let address: IPAddress?
    /// Whether a browser asks if it may send the real request.
    let isPreflight: Bool
    /// The customer's path and query, whether the gateway is trusted or not: what is found in them can only lead to a refusal.
    let targets: [String]

    /// Reads the customer's request. `target` is the customer's path and query when they stand in the address of `request`,
    /// whose method is then the customer's too.
    init(_ request: HTTPRequest, target: String?, trusted proxies: TrustedProxies?) {
        let headers = request.headerFields
        let told = Told(headers)
        targets = target.map { [$0] } ?? told.targets
        guard let proxies else {
            (method, path, address, isPreflight) = (nil, nil, nil, false)
            return
        }
        let method = target == nil ? Self.agreed(told.methods) : request.method.rawValue
        self.method = method
        path = Self.agreed(targets)
        address = Self.address(told, proxies)
        isPreflight = method == "OPTIONS" && headers[.origin] != nil && headers[.accessControlRequestMethod] != nil
    }

    /// Whether a request says anything about the client's address.
    static func tellsOfAddress(_ headers: HTTPFields) -> Bool { headers.contains { $0.name == .forwardedFor || $0.name == .realIP } }

    var useContext: UseContext { UseContext(address: address, method: method, path: path) }

    /// Returns the value that several fields agree on; `nil` when they differ. A gateway sets one of them and may pass the
    /// other one through from the customer, so when they differ none is believed.
    private static func agreed(_ values: [String]) -> String? { values.allSatisfy { $0 == values[0] } ? values.first : nil }

    private static func address(_ told: Told, _ proxies: TrustedProxies) -> IPAddress? {
        let named = told.addresses.map { IPAddress(endpoint: $0[...].trimmingSpaces) }
        guard !told.hops.isEmpty else { return named.count == 1 ? named[0] : nil }
        let client = proxies.client(forwardedFor: told.hops)
        // One of the two may be the customer's own here as well. In a chain of proxies, `X-Real-IP` may name a proxy in its
        // middle.
        let isContradicted = named.contains { $0 != client && !($0.map { proxies.contains($0) } ?? false) }
        return isContradicted ? nil : client
    }
}

extension HTTPField.Name {
    fileprivate static let forwardedFor = Self("X-Forwarded-For")!
    fileprivate static let forwardedMethod = Self("X-Forwarded-Method")!
    fileprivate static let forwardedURI = Self("X-Forwarded-Uri")!
    fileprivate static let originalMethod = Self("X-Original-Method")!
    fileprivate static let originalURI = Self("X-Original-URI")!
    fileprivate static let originalURL = Self("X-Original-URL")!
    fileprivate static let realIP = Self("X-Real-IP")!
}
