internal import Foundation
internal import Hummingbird
internal import NIOCore

/// Encodes documents as JSON that no cache keeps, with sorted fields and times of RFC 3339.
struct DocumentEncoder: ResponseEncoder {
    func encode(_ value: some Encodable, from request: Request, context: some RequestContext) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value)))
        return Response(status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"], body: body)
    }
}
