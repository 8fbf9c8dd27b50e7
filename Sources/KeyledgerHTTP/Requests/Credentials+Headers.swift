internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

extension Credentials {
    /// Finds the key of a request, in its headers alone: a key in the address is refused.
    static func find(in request: Request, _ scheme: Scheme = .bearer, of ledger: Ledger) throws(Problem) -> Substring {
        try refuseKey(inAddressOf: request, of: ledger)
        if scheme == .bearerOrBasic, request.headers[values: .apiKey].isEmpty {
            let authorization = request.headers[values: .authorization]
            if authorization.count == 1, let credentials = BasicCredentials(authorization[0]) {
                try refuseKey(inUserName: credentials.userName, of: ledger)
                if !credentials.key.isEmpty { return credentials.key[...] }
            }
        }
        return try find(in: request.headers)
    }

    /// Throws a problem when the address of a request contains a key, in its path and query or in the place of the host.
    static func refuseKey(inAddressOf request: Request, of ledger: Ledger) throws(Problem) {
        try refuseKey(inTarget: request.uri.description, of: ledger)
        try refuseKey(inHostOf: request.head, of: ledger)
    }

    /// Throws a problem when there is a key in the place of the host.
    static func refuseKey(inHostOf head: HTTPRequest, of ledger: Ledger) throws(Problem) {
        // Shorter names of hosts are those of every request.
        if let host = head.authority, host.utf8.count >= SecretFormat.randomCharacters { try refuseKey(inTarget: host, of: ledger) }
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
