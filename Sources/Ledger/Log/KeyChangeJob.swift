internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// Replaces the key that signs the log, by appending the record of it.
final class KeyChangeJob: WriterJob {
    private let next: NoteSigner
    private let origin: LogOrigin
    private let signing: LogSigning
    private let caller: Caller
    private let vault: Vault
    private let continuation: CheckedContinuation<LogKeyReport, any Error>
    private var result: LogKeyReport?

    /// `next` is the key that signs from then on, under `origin`; it is in the vault already.
    init(
        to next: NoteSigner, _ origin: LogOrigin, _ signing: LogSigning, by caller: Caller, _ vault: Vault,
        _ continuation: CheckedContinuation<LogKeyReport, any Error>
    ) {
        self.next = next
        self.origin = origin
        self.signing = signing
        self.caller = caller
        self.vault = vault
        self.continuation = continuation
    }

    var isLifecycle: Bool { true }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        let old = try signing.identity(transaction).origin
        guard old.logID == origin.logID else { throw LedgerError.closed }
        var change = LogKeyChange(oldOrigin: "\(old)", oldVerifierKey: "", newOrigin: "\(origin)", newVerifierKey: "\(next.verifier)")
        switch try signing.key(transaction) {
        case .atHand(let signer):
            change.oldVerifierKey = "\(signer.verifier)"
            change.signature = try signer.signature(over: change.handover(at: appender.nextPosition))
        case .lost, .unmade: change.oldVerifierKey = try signing.knownVerifier(transaction).map { "\($0)" } ?? ""
        case .differs(let path): throw LedgerError.signingKeyDiffers(path: path)
        }
        let needed = Event.Body.logKeyChanged(change).neededFeatures.map(\.rawValue)
        let event = Event(
            keyID: .none, accountID: .operator, recordedAt: appender.recordedAt, actor: caller.actor, requires: needed,
            body: .logKeyChanged(change))
        let position = try appender.append(try vault.sealedIfPossible(event, with: caller.personal), &transaction)
        let tables = signing.tables
        try LogMeta.addStep(at: position, tables, &transaction)
        try LogMeta.require(needed, tables, &transaction)
        result = LogKeyReport(change: change, position: position)
    }

    func finish(_ error: (any Error)?) { continuation.resume(returning: result, unless: error) }
}
