internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import KeyService
internal import NIOCore

/// A call whose caller is known and has the permission that its endpoint asks for.
struct Call {
    static let smallBody = 64 * 1024
    static let largeBody = 1024 * 1024
    /// How long a body may take in all. Who falls silent meanwhile is cut off by the connection's own timeout.
    private static let longestBody = Duration.seconds(30)

    let request: Request
    let query: Query
    let parameters: Parameters
    let ledger: Ledger
    let caller: Caller

    /// The key that the address names. Text that cannot be an id is as unknown as an id nobody has.
    var keyID: KeyID {
        get throws(ServiceError) {
            guard let id = parameters["id"].flatMap({ KeyID($0) }) else { throw .unknownKey }
            return id
        }
    }

    var commandID: String? {
        get throws(Problem) {
            let values = request.headers[values: .idempotencyKey]
            guard values.count <= 1 else { throw .invalid("Idempotency-Key", "was sent more than once.") }
            return values.first
        }
    }

    /// The JSON that was sent.
    func body(upTo limit: Int = smallBody) async throws -> JSONValue {
        guard let body = try await optionalBody(upTo: limit) else {
            throw Problem(.invalidJSON, "The body is not valid JSON: it is empty.")
        }
        return body
    }

    /// `nil` when the body is empty.
    func optionalBody(upTo limit: Int = smallBody) async throws -> JSONValue? {
        let bytes = try await bytes(upTo: limit)
        // Nothing was sent, so nothing was sent as something else; a JSON body that is empty is bad JSON elsewhere.
        guard bytes.readableBytes > 0 else { return nil }
        try checkContentType()
        do {
            return try JSONParser.parse(bytes.readableBytesUInt8Span)
        } catch {
            throw Problem(.invalidJSON, "The body is not valid JSON: " + error.words)
        }
    }

    private func bytes(upTo limit: Int) async throws -> ByteBuffer {
        // Refused before a byte of it is read. What a client sends nevertheless is thrown away piece by piece.
        if let length = request.headers[.contentLength], Int(length) ?? .max > limit { throw Self.tooLarge(limit) }
        let latest = ledger.monotonicMicroseconds + Self.longestBody.components.seconds * 1_000_000
        return try await Self.collect(request.body, upTo: limit) { ledger.monotonicMicroseconds > latest }
    }

    /// `isLate` is asked with each piece: a body that trickles in must not keep a call, and who it acts for, for hours.
    static func collect(_ body: RequestBody, upTo limit: Int, isLate: () -> Bool) async throws -> ByteBuffer {
        var bytes = ByteBuffer()
        var pieces = body.makeAsyncIterator()
        while true {
            let piece: ByteBuffer?
            do {
                piece = try await pieces.next()
            } catch {
                throw UnreadableBody(cause: error)
            }
            guard var piece else { return bytes }
            guard bytes.readableBytes + piece.readableBytes <= limit else { throw tooLarge(limit) }
            guard !isLate() else { throw UnreadableBody(cause: HTTPError(.requestTimeout, headers: [.connection: "close"])) }
            if bytes.readableBytes == 0 { bytes = piece } else { bytes.writeBuffer(&piece) }
        }
    }

    private static func tooLarge(_ limit: Int) -> Problem {
        Problem(.contentTooLarge, "The body is larger than \(limit) bytes, the most this address takes.")
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

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
