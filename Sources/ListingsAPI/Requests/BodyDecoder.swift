internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// Decodes bodies for `request.decode(as:context:)`. Hummingbird's own decoder takes any media type and UTF-16, and its errors
/// do not name the field apart, and repeat what was sent; this one's are problem documents.
struct BodyDecoder: RequestDecoder {
    /// The error that the rest of a body could not be read from its connection.
    struct BodyReadError: Error {
        let cause: any Error
    }

    func decode<Body: Decodable>(_ type: Body.Type, from request: Request, context: some RequestContext) async throws -> Body {
        let mediaType = request.headers[.contentType].flatMap { MediaType(from: $0) }
        guard mediaType?.isJSON ?? false, request.headers[.contentEncoding] == nil else { throw Problem.unsupportedMediaType }
        let bytes = Data(try await body(of: request, upTo: context.maxUploadSize).readableBytesView)
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else { throw Problem.invalidJSON }
        do {
            return try JSONDecoder().decode(type, from: bytes)
        } catch DecodingError.dataCorrupted {
            throw Problem.invalidJSON
        } catch is DecodingError {
            throw Problem.invalid(nil, "The body is not the object that this address takes.")
        }
    }

    private func body(of request: Request, upTo limit: Int) async throws -> ByteBuffer {
        do {
            // The call is refused before a byte of its body is read.
            if let length = request.headers[.contentLength], Int(length) ?? .max > limit { throw NIOTooManyBytesError(maxBytes: limit) }
            return try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw Problem(.contentTooLarge, "The body is larger than \(limit) bytes, the most this address takes.")
        } catch {
            throw BodyReadError(cause: error)
        }
    }
}

extension MediaType {
    fileprivate var isJSON: Bool {
        type == .application && ["json", "merge-patch+json"].contains(subType)
            && (parameter.map { $0.name.lowercased() != "charset" || $0.value.lowercased() == "utf-8" } ?? true)
    }
}
