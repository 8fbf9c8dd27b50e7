internal import HTTPTypes
internal import KeyEvents
internal import NIOCore

/// A response as the bytes that are sent (RFC 9112), including the fields that the server adds to the router's responses.
struct RawResponse: Sendable {
    /// Makes the part of a response that is always the same: the status line and the fixed header fields.
    static func beginning(_ status: HTTPResponse.Status, _ headers: HTTPFields) -> [UInt8] {
        var text = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
        // The type of a field's value excludes line breaks.
        text += "X-Content-Type-Options: nosniff\r\n"
        for field in headers { text += "\(field.name.rawName): \(field.value)\r\n" }
        return Array(text.utf8)
    }

    let bytes: ByteBuffer
    /// The number of bytes before the empty line that ends the head.
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

    /// The same response with `Connection: close`, as the last one of its connection (RFC 9112 section 9.6).
    var last: ByteBuffer {
        var rest = bytes
        var last = rest.readSlice(length: headLength) ?? ByteBuffer()
        last.writeStaticString("Connection: close\r\n")
        last.writeBuffer(&rest)
        return last
    }
}
