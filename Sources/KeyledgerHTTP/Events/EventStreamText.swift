internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries
internal import NIOCore

/// Text of the type `text/event-stream` (WHATWG HTML, section 9.2) that is to be sent.
struct EventStreamText {
    private(set) var bytes = ByteBuffer()

    /// Writes how long a client must wait before it reconnects. The line belongs to the block that follows: clients that
    /// deviate from the standard take a block without data for an event.
    mutating func retry(milliseconds: Int) { bytes.writeString("retry: \(milliseconds)\n") }

    /// Writes an event. `recorded` holds only what the client may see.
    mutating func event(_ recorded: RecordedEvent) throws {
        bytes.writeString("id: \(recorded.position)\nevent: \(recorded.event.body.type)\ndata: ")
        // JSON as documents are encoded has no line breaks.
        bytes.writeBytes(try JSON.bytes(EventDocument(recorded)))
        bytes.writeString("\n\n")
    }

    /// Writes the position up to which the log was read. A block without data is not delivered as an event, but a client that
    /// reconnects continues from that position.
    mutating func progress(_ position: UInt64) { bytes.writeString("id: \(position)\n\n") }

    /// Writes a comment that opens the stream. It does not end a block, so that the first block is an event.
    mutating func opening() { bytes.writeString(":\n") }

    /// Writes a comment that shows that the connection is alive.
    mutating func heartbeat() { bytes.writeString(":\n\n") }

    /// Returns the text to send and removes it from this value.
    mutating func take() -> ByteBuffer {
        defer { bytes = ByteBuffer() }
        return bytes
    }
}
