internal import HTTPTypes
internal import Hummingbird
internal import Ledger
internal import LedgerAPI

extension Credentials {
    /// Finds the key of a request, in its headers alone: a key in the address is refused.
    static func find(in request: Request, _ scheme: Scheme = .bearer, of ledger: Ledger) throws(Problem) -> Substring {
        try refuseKey(inTarget: request.uri.description, of: ledger)
        if scheme == .bearerOrBasic, request.headers[values: .apiKey].isEmpty {
            let authorization = request.headers[values: .authorization]
            if authorization.count == 1, let credentials = BasicCredentials(authorization[0]) {
                try refuseKey(inUserName: credentials.userName, of: ledger)
                if !credentials.key.isEmpty { return credentials.key[...] }
            }
        }
        return try find(in: request.headers)
    }

    /// Finds the key in a request's headers. `names` are the headers that contain a key and nothing else.
    static func find(in headers: HTTPFields, direct names: [HTTPField.Name] = [.apiKey]) throws(Problem) -> Substring {
        try find(authorization: headers[values: .authorization], direct: names.flatMap { headers[values: $0] })
    }
}

extension Query {
    /// Parses the query of a request's address.
    init(_ request: Request) throws(Problem) { try self.init(request.uri.query) }
}

extension HTTPField.Name {
    static let apiKey = Self("X-API-Key")!
    static let idempotencyKey = Self("Idempotency-Key")!
    static let idempotentReplay = Self("Idempotent-Replay")!
}
