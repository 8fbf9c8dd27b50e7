internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Validation

/// The response to a gateway.
struct AuthAnswer: Sendable {
    /// The response to a request that needs no key.
    static let preflight = AuthAnswer(accepting: .nobody, code: "PREFLIGHT")

    let status: HTTPResponse.Status
    let headers: HTTPFields
    /// The problem document; empty when the request may pass.
    let body: [UInt8]

    init(status: HTTPResponse.Status, headers: HTTPFields, body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Creates a response that lets the request pass.
    init(accepting identity: AuthIdentity, code: String = VerdictCode.valid.rawValue) {
        var headers = identity.headers
        headers[.cacheControl] = "no-store"
        headers[.trueStatus] = "200"
        headers[.code] = code
        self.init(status: .ok, headers: headers)
    }

    var response: Response {
        Response(status: status, headers: headers, body: body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
