internal import EventLog
internal import KeyEvents
internal import Storage

/// Records that an operator has confirmed the clock, and makes it the clock that this and the other processes on the host trust.
final class ClockJob: WriterJob {
    private let watch: ClockWatch
    private let reader: LogReader
    private let caller: Caller
    private let vault: Vault
    private let continuation: CheckedContinuation<ClockReport, any Error>
    private var result: (report: ClockReport, anchor: ClockAnchor)?

    init(
        _ watch: ClockWatch, _ reader: LogReader, by caller: Caller, _ vault: Vault,
        _ continuation: CheckedContinuation<ClockReport, any Error>
    ) {
        self.watch = watch
        self.reader = reader
        self.caller = caller
        self.vault = vault
        self.continuation = continuation
    }

    var isLifecycle: Bool { true }
    var endsOnly: Bool { true }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        result = nil
        let confirmation = try watch.confirmation(insteadOf: appender.now)
        appender.follow(confirmed: confirmation.clock)
        let event = Event(
            keyID: .none, accountID: .operator, recordedAt: appender.recordedAt, actor: caller.actor, body: .clockConfirmed(confirmation))
        let position = try appender.append(try vault.sealedIfPossible(event, with: caller.personal), &transaction)
        let anchor = watch.anchor(of: confirmation)
        try anchor.store(reader.tables, &transaction)
        result = (ClockReport(confirmation: confirmation, position: position, stampsUntil: appender.time.waitsUntil), anchor)
    }

    func finish(_ error: (any Error)?) {
        if error == nil, let result { watch.believe(result.anchor, result.report.confirmation) }
        continuation.resume(returning: result?.report, unless: error)
    }
}

extension RecordTime {
    fileprivate var waitsUntil: Timestamp? { decidedAt < recordedAt ? recordedAt : nil }
}
