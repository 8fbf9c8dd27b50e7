internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// Retires older secrets in the transaction that records the first accepted use of a newer one, where they were to end with that use.
struct FirstUse {
    private let keyID: KeyID
    private let secretID: UInt32
    private let aggregator: UseAggregator
    /// The windows of this key that were drained from the aggregator to be recorded before the end of the secrets. A second attempt
    /// continues with them.
    private var closedWindows: [PendingUse] = []
    private var areWindowsRecorded = false

    init(of secretID: UInt32, key keyID: KeyID, aggregator: UseAggregator) {
        self.keyID = keyID
        self.secretID = secretID
        self.aggregator = aggregator
    }

    /// Begins an attempt. The method is called first in each one.
    mutating func begin() { areWindowsRecorded = false }

    /// Retires the older secrets after the use was appended. Uses of those secrets that are still being counted are recorded before
    /// their end.
    mutating func retireOlder(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        guard let state = try batch.store.decidingState(keyID, transaction) else { return }
        let retiring = state.retiring(withUseOf: secretID)
        guard !retiring.isEmpty else { return }
        closedWindows += aggregator.drain(keyID)
        for note in closedWindows { _ = try appender.append(note.event, &transaction) }
        areWindowsRecorded = true
        for secret in retiring {
            let event = Event(
                keyID: keyID, accountID: state.accountID, recordedAt: appender.recordedAt, actor: .firstUse,
                body: .secretRetired(secretID: secret.record.id))
            let position = try appender.append(event, &transaction)
            try batch.store.apply(event, at: position, &transaction)
            batch.lifecycleEnd = position + 1
        }
    }

    /// Finishes the use when its job has finished. The windows are restored where they were not recorded after all: the batch failed,
    /// or a second attempt found no secret to retire.
    func finish(_ error: (any Error)?) {
        if error != nil || !areWindowsRecorded { aggregator.restore(closedWindows) }
    }
}
