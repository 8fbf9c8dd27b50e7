internal import Ledger

/// The state that all streams of a server share.
final class EventStreams: Sendable {
    let settings: EventStreamSettings
    let limiter: StreamLimiter
    let appendNotifier: AppendNotifier

    init(_ ledger: Ledger, _ settings: EventStreamSettings) {
        self.settings = settings
        limiter = StreamLimiter(settings)
        appendNotifier = ledger.log.appendNotifier
    }
}
