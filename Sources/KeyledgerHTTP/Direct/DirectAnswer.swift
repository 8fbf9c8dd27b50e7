internal import HTTPTypes
internal import KeyEvents
internal import NIOCore

/// An answer as the bytes it goes over the wire as (RFC 9112), with what the server adds to those of the router.
struct DirectAnswer: Sendable {
    /// What is the same each time that an answer is given: the status line, and the lines of its headers.
    struct Beginning: Sendable {
        fileprivate let bytes: [UInt8]

        init(_ status: HTTPResponse.Status, _ headers: HTTPFields) {
            var text = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
            // Values hold no line breaks: their type takes none.
            for field in headers { text += "\(field.name.rawName): \(field.value)\r\n" }
            bytes = Array(text.utf8)
        }
    }

    let bytes: ByteBuffer

    init(_ beginning: Beginning, _ body: [UInt8], at now: Timestamp) {
        var buffer = ByteBufferAllocator().buffer(capacity: beginning.bytes.count + body.count + 80)
        buffer.writeBytes(beginning.bytes)
        buffer.writeStaticString("Content-Length: ")
        buffer.writeString(String(body.count))
        buffer.writeStaticString("\r\nDate: ")
        buffer.writeString(now.httpDate)
        buffer.writeStaticString("\r\n\r\n")
        buffer.writeBytes(body)
        bytes = buffer
    }
}
