internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

extension Response {
    /// A JSON document. Never to be kept by caches: it tells of keys, or may hold one.
    static func document(
        _ document: some Encodable, status: HTTPResponse.Status = .ok, type: String = "application/json"
    ) throws -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try Document.bytes(document))))
    }
}
