internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

extension Response {
    /// The caching rule of listings: a caller may store one, and must ask whether it is still the same before using it again.
    static let keptByCallers = "private, no-cache"

    static func document(
        _ document: some Encodable, status: HTTPResponse.Status = .ok, type: String = "application/json", headers: HTTPFields = [:]
    ) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var all: HTTPFields = [.contentType: type, .cacheControl: "no-store"]
        for field in headers { all[field.name] = field.value }
        return Response(status: status, headers: all, body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(document))))
    }

    static func listing(_ listing: Listing, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) throws -> Response {
        var headers = headers
        headers[.eTag] = listing.entityTag
        headers[.cacheControl] = keptByCallers
        return try document(ListingDocument(listing: listing), status: status, headers: headers)
    }
}
