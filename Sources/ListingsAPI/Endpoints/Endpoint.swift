internal import HTTPTypes
internal import Hummingbird

/// One method of one route. Its `access` says which scope a caller's key needs, so no endpoint can be added without deciding
/// that.
struct Endpoint: Sendable {
    enum Access: Sendable {
        /// Everyone may call, without a key.
        case open(@Sendable () async throws -> Response)
        /// A key with this scope is required.
        case scope(String, @Sendable (Call) async throws -> Response)
    }

    let method: HTTPRequest.Method
    /// The path of the route, with parameters in braces, as in the OpenAPI description.
    let path: String
    /// The query parameters that the route takes.
    var query: [String] = []
    let access: Access

    func matches(_ asked: [Substring]) -> Bool {
        let segments = path.split(separator: "/")
        return segments.count == asked.count && zip(segments, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
