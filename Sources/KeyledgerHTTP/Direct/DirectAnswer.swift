internal import HTTPTypes
internal import KeyEvents
internal import NIOCore

/// An answer as the bytes it goes over the wire as (RFC 9112), with what the server adds to those of the router.
struct DirectAnswer: Sendable {
    /// What is the same each time that an answer is given: the status line, and the lines of its headers.
    static func beginning(_ status: HTTPResponse.Status, _ headers: HTTPFields) -> [UInt8] {
        var text = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
        // Values hold no line breaks: their type takes none.
        text += "X-Content-Type-Options: nosniff\r\n"
        for field in headers { text += "\(field.name.rawName): \(field.value)\r\n" }
        return Array(text.utf8)
    }

    let bytes: ByteBuffer
    /// In bytes, without the empty line that ends the head.
    private let headLength: Int

    init(beginning: [UInt8], _ body: [UInt8], at now: Timestamp) {
        var buffer = ByteBufferAllocator().buffer(capacity: beginning.count + body.count + 80)
        buffer.writeBytes(beginning)
        buffer.writeStaticString("Content-Length: ")
        buffer.writeString(String(body.count))
        buffer.writeStaticString("\r\nDate: ")
        buffer.writeString(now.httpDate)
        buffer.writeStaticString("\r\n")
        headLength = buffer.readableBytes
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(body)
        bytes = buffer
    }

    /// Likewise, as the last answer of its connection (RFC 9112 section 9.6).
    var last: ByteBuffer {
        var rest = bytes
        var last = rest.readSlice(length: headLength) ?? ByteBuffer()
        last.writeStaticString("Connection: close\r\n")
        last.writeBuffer(&rest)
        return last
    }
}
