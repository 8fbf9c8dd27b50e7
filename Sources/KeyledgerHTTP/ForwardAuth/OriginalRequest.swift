internal import HTTPTypes
internal import KeyEvents
internal import KeyService

/// The customer's request, as far as the gateway tells of it and its word is taken.
struct OriginalRequest: Sendable {
    private static let methodNames: [HTTPField.Name] = [.forwardedMethod, .originalMethod]
    private static let targetNames: [HTTPField.Name] = [.forwardedURI, .originalURI]

    /// All `nil` where the gateway is not trusted.
    let method: String?
    let path: String?
    let address: IPAddress?
    /// Whether a browser asks if it may send the real request.
    let isPreflight: Bool
    /// Parameters of the customer's address, whoever tells it: what is found in them can only lead to a refusal.
    let queryNames: [String]

    /// `target`: the customer's path and query, where they stand in the address of `request`; its method is then the customer's too.
    init(_ request: HTTPRequest, target: String?, trusted proxies: TrustedProxies?) {
        let headers = request.headerFields
        let targets = target.map { [$0] } ?? Self.targetNames.flatMap { headers[values: $0] }
        queryNames = targets.flatMap { Query.names(ofTarget: $0) }
        guard let proxies else {
            (method, path, address, isPreflight) = (nil, nil, nil, false)
            return
        }
        let method = target == nil ? Self.agreed(Self.methodNames.flatMap { headers[values: $0] }) : request.method.rawValue
        self.method = method
        path = Self.agreed(targets)
        address = Self.address(headers, proxies)
        isPreflight = method == "OPTIONS" && headers[.origin] != nil && headers[.accessControlRequestMethod] != nil
    }

    var useContext: UseContext { UseContext(clientAddress: address?.description, method: method, path: path) }

    /// What several fields say alike. A gateway sets one of them and may let the other through from the customer: where they
    /// differ nothing is believed.
    private static func agreed(_ values: [String]) -> String? { values.allSatisfy { $0 == values[0] } ? values.first : nil }

    private static func address(_ headers: HTTPFields, _ proxies: TrustedProxies) -> IPAddress? {
        let hops = headers[values: .forwardedFor]
        let named = headers[values: .realIP].map { TrustedProxies.address($0[...].trimmingSpaces) }
        guard !hops.isEmpty else { return named.count == 1 ? named[0] : nil }
        let client = proxies.client(forwardedFor: hops)
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
    fileprivate static let realIP = Self("X-Real-IP")!
}
