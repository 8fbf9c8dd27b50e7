internal import HTTPTypes
internal import NIOHTTP1

extension HTTPResponse.Status {
    /// The status of a code with its registered reason phrase, as the routes send it: the fast path writes the status line itself, and
    /// some parsers stumble over one without a phrase.
    init(registered code: Int) { self.init(code: code, reasonPhrase: HTTPResponseStatus(statusCode: code).reasonPhrase) }
}
