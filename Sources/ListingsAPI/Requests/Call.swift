internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A call whose key is good for it.
struct Call {
    /// In bytes.
    static let smallBody = 64 * 1024
    static let largeBody = 4 * 1024 * 1024

    let request: Request
    let query: Query
    let parameters: Parameters
    let store: ListingStore
    /// Of the key; its listings, and no others, are what the call is about.
    let account: String
    let now: Date

    /// Text that cannot be an id is as unknown as an id that nothing has.
    var listingID: String {
        get throws(Problem) {
            guard let id = parameters.get("id"), Listing.isID(id) else { throw .unknownListing }
            return id
        }
    }

    /// The states in which a listing may be changed. Whoever does not say has perhaps not seen what they overwrite.
    var ifMatch: EntityTags {
        get throws(Problem) {
            guard let tags = EntityTags(request.headers[values: .ifMatch]) else { throw .preconditionRequired }
            return tags
        }
    }

    /// The JSON that was sent.
    func body(upTo limit: Int = smallBody) async throws -> JSONValue {
        guard let mediaType = request.headers[.contentType].flatMap({ MediaType(from: $0) }), mediaType.isJSON,
            request.headers[.contentEncoding] == nil
        else { throw Problem.unsupportedMediaType }
        // Refused before a byte of it is read.
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
