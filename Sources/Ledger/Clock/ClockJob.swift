internal import EventLog
internal import KeyEvents
internal import Storage

/// Records that an operator has confirmed the clock, and makes it the clock that this and the other processes on the host trust.
@safe final class ClockJob: WriterJob, @unchecked Sendable {
    private let watch: ClockWatch
    private let reader: LogReader
    private let caller: Caller
    private let vault: Vault
    private let continuation: UnsafeContinuation<ClockReport, any Error>
    private var result: (report: ClockReport, anchor: ClockAnchor)?

    init(
        _ watch: ClockWatch, _ reader: LogReader, by caller: Caller, _ vault: Vault,
        _ continuation: UnsafeContinuation<ClockReport, any Error>
    ) {
        self.watch = watch
        self.reader = reader
        self.caller = caller
        self.vault = vault
        unsafe self.continuation = continuation
    }

    override var isLifecycle: Bool { true }

    override func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws {
        result = nil
        let confirmation = try watch.confirmation(insteadOf: appender.now)
        appender.follow(confirmed: confirmation.clock)
        var event = Event(
            keyID: .none, accountID: .operator, recordedAt: appender.recordedAt, actor: caller.actor, body: .clockConfirmed(confirmation))
        event.sealed = try vault.sealIfPossible(caller.personal, for: event)
        let position = try appender.append(event, &transaction)
        let anchor = watch.anchor(of: confirmation)
        try anchor.store(reader.tables, &transaction)
        result = (ClockReport(confirmation: confirmation, position: position, stampsUntil: appender.time.waitsUntil), anchor)
    }

    override func finish(_ error: (any Error)?) {
        if let error {
            unsafe continuation.resume(throwing: error)
        } else if let result {
            watch.believe(result.anchor, result.report.confirmation)
            unsafe continuation.resume(returning: result.report)
        } else {
            unsafe continuation.resume(throwing: LedgerError.closed)
        }
    }
}

extension RecordTime {
    fileprivate var waitsUntil: Timestamp? { decidedAt < recordedAt ? recordedAt : nil }
}
