internal import Bytes
internal import KeyEvents
internal import Ledger
internal import LedgerAPI
internal import LedgerQueries

/// The export as CloudEvents 1.0 in the JSON event format, one event per line. `source` and `id` together identify an event for
/// all time: the log that contains it, and its position.
struct CloudEventsExport: EventExport {
    let head = ""
    private let source: String

    private struct CloudEvent: Encodable {
        let specversion = "1.0"
        let id: String
        let source: String
        let type: String
        /// The identifier of the key; absent when the event does not concern a key.
        let subject: String?
        let time: String
        let datacontenttype = "application/json"
        let data: EventDocument

        enum CodingKeys: String, CodingKey {
            case specversion, id, source, type, subject, time, datacontenttype, data
        }
    }

    init(logID: Bytes16) { source = "urn:keyledger:" + logID.hex }

    func text(_ recorded: RecordedEvent) throws -> String {
        let event = recorded.event
        return try JSON.string(
            CloudEvent(
                id: String(recorded.position), source: source, type: "keyledger." + event.body.type,
                subject: event.keyID == .none ? nil : event.keyID.description,
                time: event.recordedAt.description,
                data: EventDocument(recorded))) + "\n"
    }
}
