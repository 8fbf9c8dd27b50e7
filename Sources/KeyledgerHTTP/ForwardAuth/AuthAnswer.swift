internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Validation

/// What a gateway is told.
struct AuthAnswer: Sendable {
    /// The request is one that needs no key.
    static let preflight = AuthAnswer(accepting: .nobody, code: "PREFLIGHT")

    let status: HTTPResponse.Status
    let headers: HTTPFields
    /// The problem document; empty where the request may pass.
    let body: [UInt8]

    init(status: HTTPResponse.Status, headers: HTTPFields, body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The request may pass.
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
