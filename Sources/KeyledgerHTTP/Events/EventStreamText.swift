internal import KeyEvents
internal import Ledger
internal import LedgerQueries
internal import NIOCore

/// Text of the type `text/event-stream` (WHATWG HTML, section 9.2), to be sent.
struct EventStreamText {
    private(set) var bytes = ByteBuffer()

    /// How long a client waits before it connects anew. Belongs to the block that follows: a block of its own is an event without data to
    /// clients that do not keep to the letter of the standard.
    mutating func retry(milliseconds: Int) { bytes.writeString("retry: \(milliseconds)\n") }

    /// `recorded`: as the client may see it.
    mutating func event(_ recorded: RecordedEvent) throws {
        bytes.writeString("id: \(recorded.position)\nevent: \(recorded.event.body.type)\ndata: ")
        // JSON as documents write it has no line breaks.
        bytes.writeBytes(try Document.bytes(EventDocument(recorded)))
        bytes.writeString("\n\n")
    }

    /// How far the log was read. Without data it reaches nobody, but a client that connects anew goes on from there.
    mutating func progress(_ position: UInt64) { bytes.writeString("id: \(position)\n\n") }

    /// A comment, which ends no block, so that what comes first is an event: the stream is open.
    mutating func opening() { bytes.writeString(":\n") }

    /// A comment: the connection lives.
    mutating func heartbeat() { bytes.writeString(":\n\n") }

    /// What is to be sent, which is forgotten here.
    mutating func take() -> ByteBuffer {
        defer { bytes = ByteBuffer() }
        return bytes
    }
}
