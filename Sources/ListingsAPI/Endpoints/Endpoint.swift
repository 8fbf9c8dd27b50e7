internal import HTTPTypes
internal import Hummingbird

/// One method of one address. Whoever adds one has to say which scope a caller's key needs.
struct Endpoint: Sendable {
    enum Access: Sendable {
        /// Anyone, without a key.
        case open(@Sendable () async throws -> Response)
        /// Whoever presents a key with this scope.
        case scope(String, @Sendable (Call) async throws -> Response)
    }

    let method: HTTPRequest.Method
    /// With parameters in braces, as in the OpenAPI description.
    let path: String
    /// The parameters that may stand behind the question mark.
    var query: [String] = []
    let access: Access

    func matches(_ asked: [Substring]) -> Bool {
        let segments = path.split(separator: "/")
        return segments.count == asked.count && zip(segments, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
