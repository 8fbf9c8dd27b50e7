internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// What a gateway is told.
struct AuthAnswer: Sendable {
    var status: HTTPResponse.Status
    var headers: HTTPFields
    /// The problem document; empty where the request may pass.
    var body: [UInt8] = []

    var response: Response {
        Response(status: status, headers: headers, body: body.isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}
