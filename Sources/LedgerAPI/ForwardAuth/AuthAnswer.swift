internal import Validation

/// The response to a gateway.
package struct AuthAnswer: Sendable {
    /// The response to a request that needs no key.
    package static let preflight = AuthAnswer(accepting: .nobody, code: "PREFLIGHT")

    package let status: Int
    package let headers: ResponseFields
    /// The problem document; empty when the request may pass.
    package let body: [UInt8]

    package init(status: Int, headers: ResponseFields, body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Creates a response that lets the request pass.
    package init(accepting identity: AuthIdentity, code: String = VerdictCode.valid.rawValue) {
        var headers = identity.headers
        headers[.cacheControl] = "no-store"
        headers[.keyledgerStatus] = "200"
        headers[.keyledgerCode] = code
        self.init(status: 200, headers: headers)
    }
}
