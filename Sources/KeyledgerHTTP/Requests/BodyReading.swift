internal import Bytes
internal import HTTPTypes
internal import Hummingbird
internal import Ledger
internal import LedgerAPI
internal import NIOCore

/// The maximum sizes of bodies, in bytes. The maximum time for receiving one is a limit of the connection.
enum RequestLimits {
    static let smallBody = 64 * 1024
    static let largeBody = 1024 * 1024
}

/// A call whose body can be read.
protocol BodyReading {
    var request: Request { get }
    var ledger: Ledger { get }
}

extension BodyReading {
    /// Reads the body as JSON.
    func body(upTo limit: Int = RequestLimits.smallBody) async throws -> JSONValue {
        guard let body = try await optionalBody(upTo: limit) else {
            throw Problem(.invalidJSON, "The body is not valid JSON: it is empty.")
        }
        return body
    }

    /// Reads the body as JSON; `nil` when it is empty.
    func optionalBody(upTo limit: Int = RequestLimits.smallBody) async throws -> JSONValue? {
        let bytes = try await bytes(upTo: limit)
        // An empty body needs no content type. Where a body is required, an empty one is invalid JSON.
        guard bytes.readableBytes > 0 else { return nil }
        try checkContentType()
        do {
            return try JSONParser.parse(bytes.readableBytesUInt8Span)
        } catch {
            throw Problem(.invalidJSON, "The body is not valid JSON: " + error.words)
        }
    }

    /// Reads the body as a form. `secrets` are the fields that may contain a key's secret.
    func form(secrets: [String]) async throws -> FormFields {
        let bytes = try await bytes(upTo: RequestLimits.smallBody)
        let type = (request.headers[.contentType] ?? "").split(separator: ";").first?.trimmingSpaces.lowercased()
        guard type == "application/x-www-form-urlencoded" else {
            throw Problem(
                .unsupportedMediaType, "Send the body as a form, with the header “Content-Type: application/x-www-form-urlencoded”.",
                field: "Content-Type")
        }
        return try FormFields(String(buffer: bytes), secrets: secrets, prefix: ledger.prefix)
    }

    /// Reads the fields of a body that may be omitted. `null` counts as omitted, because Go clients of openapi-generator send
    /// it.
    func optionalFields() async throws -> RequestFields {
        let body = try await optionalBody() ?? .null
        return try RequestFields(body == .null ? .object([]) : body, prefix: ledger.prefix)
    }

    private func bytes(upTo limit: Int) async throws -> ByteBuffer {
        // The call is refused before a byte of its body is read. What the client sends nevertheless is discarded piece by
        // piece.
        if let length = request.headers[.contentLength], Int(length) ?? .max > limit { throw BodyCollector.tooLarge(limit) }
        return try await BodyCollector.collect(request.body, upTo: limit)
    }

    private func checkContentType() throws(Problem) {
        let parts = (request.headers[.contentType] ?? "").split(separator: ";").map { $0.trimmingSpaces.lowercased() }
        let isUTF8 = parts.dropFirst().allSatisfy { !$0.hasPrefix("charset=") || $0 == "charset=utf-8" || $0 == "charset=\"utf-8\"" }
        let coding = request.headers[.contentEncoding]?.lowercased() ?? "identity"
        guard parts.first == "application/json", isUTF8, coding == "identity" else {
            throw Problem(
                .unsupportedMediaType, "Send the body as UTF-8 JSON, with the header “Content-Type: application/json”.",
                field: "Content-Type")
        }
    }
}

enum BodyCollector {
    static func collect(_ body: RequestBody, upTo limit: Int) async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        var pieces = body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do {
                piece = try await pieces.next()
            } catch {
                throw BodyReadError(cause: error)
            }
            guard var piece else { return bytes }
            guard bytes.readableBytes + piece.readableBytes <= limit else { throw tooLarge(limit) }
            if bytes.readableBytes == 0 { bytes = piece } else { bytes.writeBuffer(&piece) }
        }
    }

    static func tooLarge(_ limit: Int) -> Problem {
        Problem(.contentTooLarge, "The body is larger than \(limit) bytes, the most this address takes.")
    }
}
