internal import Bytes
internal import HTTPTypes
internal import KeyEvents
internal import Ledger

/// The customer's request, as far as the gateway tells of it and its word is taken.
struct OriginalRequest: Sendable {
    /// What the gateway's fields say, each kind in the order they came.
    private struct Told {
        var methods: [String] = []
        var targets: [String] = []
        var hops: [String] = []
        var addresses: [String] = []

        /// In one walk: to look for each name takes several times as long.
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

        /// Path and query of an address with scheme and host, as ingress-nginx sends it.
        private static func target(ofURL url: String) -> String {
            guard let scheme = url.firstRange(of: "://") else { return url }
            let rest = url[scheme.upperBound...].drop { $0 != "/" && $0 != "?" }
            return rest.hasPrefix("/") ? String(rest) : "/" + rest
        }
    }

    /// All `nil` where the gateway is not trusted.
    let method: String?
    let path: String?
    let address: IPAddress?
    /// Whether a browser asks if it may send the real request.
    let isPreflight: Bool
    /// The customer's address, whoever tells it: what is found in it can only lead to a refusal.
    let targets: [String]

    /// `target`: the customer's path and query, where they stand in the address of `request`; its method is then the customer's too.
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

    /// Whether a gateway says anything of where the request came from.
    static func tellsOfAddress(_ headers: HTTPFields) -> Bool { headers.contains { $0.name == .forwardedFor || $0.name == .realIP } }

    var useContext: UseContext { UseContext(address: address, method: method, path: path) }

    /// What several fields say alike. A gateway sets one of them and may let the other through from the customer: where they
    /// differ nothing is believed.
    private static func agreed(_ values: [String]) -> String? { values.allSatisfy { $0 == values[0] } ? values.first : nil }

    private static func address(_ told: Told, _ proxies: TrustedProxies) -> IPAddress? {
        let named = told.addresses.map { IPAddress(endpoint: $0[...].trimmingSpaces) }
        guard !told.hops.isEmpty else { return named.count == 1 ? named[0] : nil }
        let client = proxies.client(forwardedFor: told.hops)
        // Again one of them may be the customer's own. Of a chain, `X-Real-IP` may name a proxy in the middle.
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
