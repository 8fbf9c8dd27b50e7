internal import HTTPTypes
internal import Hummingbird
internal import KeyEvents
internal import Ledger
internal import LedgerAPI

/// The beginning of a stream: after the event that the client received last, at a position, or with the next event that is recorded.
struct StreamStart: Sendable {
    let position: UInt64
    /// The position before the first event, when the client knows it.
    let known: UInt64?

    /// Reads where to begin. A client that reconnects sends the header `Last-Event-ID`; its query still says where the stream
    /// began the first time.
    init(_ call: Call, from: UInt64?) throws {
        let headers = call.request.headers[values: .lastEventID].filter { !$0.isEmpty }
        guard headers.count <= 1 else { throw Problem.invalid("Last-Event-ID", "was sent more than once.") }
        let last = try call.ledger.log.lastPosition()
        let head = last.map { $0 + 1 } ?? 0
        if let text = headers.first {
            position = try Self.after(text, "Last-Event-ID", head)
        } else if let text = call.query["lastEventId"] {
            position = try Self.after(text, "lastEventId", head)
        } else if let from {
            guard from <= head else { throw Problem.invalid("from", "lies beyond the next event, which will be at \(head).") }
            position = from
        } else {
            position = head
            known = nil
            return
        }
        known = position == 0 ? nil : position - 1
    }

    private static func after(_ text: String, _ name: String, _ head: UInt64) throws(Problem) -> UInt64 {
        guard let last = WholeNumber.read(text, in: 0...UInt64.max) else {
            throw .invalid(name, "must be the id of an event, which is its position: a whole number.")
        }
        guard last < head else {
            throw .invalid(name, "lies beyond the last event; this is perhaps not the log that it came from.")
        }
        return last + 1
    }
}

extension HTTPField.Name {
    static let lastEventID = Self("Last-Event-ID")!
}
