package import HTTPTypes
package import HummingbirdTesting
internal import NIOCore

extension TestClientProtocol {
    /// Calls a service with a key as a bearer token, and a body that is JSON where the header fields say nothing else.
    package func answer(
        _ method: HTTPRequest.Method, _ uri: String, key: String?, _ json: String?, headers: HTTPFields
    ) async throws -> Answer {
        var headers = headers
        if let key { headers[.authorization] = "Bearer " + key }
        if json != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
        let response = try await execute(uri: uri, method: method, headers: headers, body: json.map { ByteBuffer(string: $0) })
        return Answer(status: response.status.code, headers: response.headers, text: String(buffer: response.body))
    }
}
