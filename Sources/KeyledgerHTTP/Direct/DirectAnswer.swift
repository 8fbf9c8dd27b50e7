internal import HTTPTypes
internal import KeyEvents
internal import NIOCore

/// An answer as it is sent, with what the server adds to those of the router.
struct DirectAnswer: Sendable {
    let head: HTTPResponse
    let body: ByteBuffer

    init(_ status: HTTPResponse.Status, _ headers: HTTPFields, _ bytes: [UInt8], at now: Timestamp) {
        var head = HTTPResponse(status: status, headerFields: headers)
        head.headerFields[.contentLength] = String(bytes.count)
        head.headerFields[.date] = now.httpDate
        self.head = head
        body = ByteBuffer(bytes: bytes)
    }
}
