internal import HTTPTypes
internal import LedgerAPI

extension OriginalRequest {
    /// Reads the customer's request. `target` is the customer's path and query when they stand in the address of `request`,
    /// whose method is then the customer's too. `proxies` are the trusted ones where the gateway is one of them.
    init(_ request: HTTPRequest, target: String?, trusted proxies: TrustedProxies?) {
        let fields = request.headerFields
        self.init(
            ForwardedFields(fields), direct: target.map { (request.method.rawValue, $0) },
            asksToSend: fields[.origin] != nil && fields[.accessControlRequestMethod] != nil, trusted: proxies)
    }
}
