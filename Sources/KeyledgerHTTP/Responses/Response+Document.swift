internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import LedgerAPI
internal import NIOCore

extension Response {
    /// Creates a response with a JSON document. Caches must not store it: it describes keys, or may contain one.
    static func document(
        _ document: some Encodable, status: HTTPResponse.Status = .ok, type: String = "application/json"
    ) throws -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.bytes(document))))
    }
    /// Marks the response when the same command came before and this repeats its first response.
    consuming func marked(isRepeat: Bool) -> Response {
        if isRepeat { headers[.idempotentReplay] = "true" }
        return self
    }
}
