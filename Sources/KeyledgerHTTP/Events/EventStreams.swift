internal import Ledger

/// The state that all streams of a server share.
final class EventStreams: Sendable {
    let settings: EventStreamSettings
    let places: StreamPlaces
    let tail: LogTail

    init(_ ledger: Ledger, _ settings: EventStreamSettings) {
        self.settings = settings
        places = StreamPlaces(settings)
        tail = ledger.log.tail
    }
}
