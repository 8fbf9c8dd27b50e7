internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A call whose key is good for it.
struct Call {
    /// The maximum sizes of bodies, in bytes.
    static let smallBody = 64 * 1024
    static let largeBody = 4 * 1024 * 1024

    let request: Request
    let query: Query
    let parameters: Parameters
    let store: ListingStore
    /// The account of the key. The call can read and change only this account's listings.
    let account: String
    let now: Date

    /// The listing that the path names. Text that cannot be an id is as unknown as an id that no listing has.
    var listingID: String {
        get throws(Problem) {
            guard let id = parameters.get("id"), Listing.isID(id) else { throw .unknownListing }
            return id
        }
    }

    /// The states in which a listing may be changed. A caller that does not say may not have seen what it overwrites.
    var ifMatch: EntityTags {
        get throws(Problem) {
            guard let tags = EntityTags(request.headers[values: .ifMatch]) else { throw .preconditionRequired }
            return tags
        }
    }

    /// Reads the body as JSON.
    func body(upTo limit: Int = smallBody) async throws -> JSONValue {
        guard let mediaType = request.headers[.contentType].flatMap({ MediaType(from: $0) }), mediaType.isJSON,
            request.headers[.contentEncoding] == nil
        else { throw Problem.unsupportedMediaType }
        // The call is refused before a byte of its body is read.
        if let length = request.headers[.contentLength], Int(length) ?? .max > limit { throw Problem.contentTooLarge(limit) }
        return try JSONValue(parsing: Data(await bytes(upTo: limit).readableBytesView))
    }

    private func bytes(upTo limit: Int) async throws -> ByteBuffer {
        do {
            return try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Problem.contentTooLarge(limit)
        } catch {
            throw UnreadableBody(cause: error)
        }
    }
}

extension MediaType {
    fileprivate var isJSON: Bool {
        type == .application && ["json", "merge-patch+json"].contains(subType.lowercased())
            && (parameter.map { $0.name.lowercased() != "charset" || $0.value.lowercased() == "utf-8" } ?? true)
    }
}
