internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// Forks the log at its head: appends the fork record, gives the log its new id, and applies the ends that a newer copy of the log
/// knows, all in one transaction. So no reader ever sees the new log without those ends.
@safe final class ForkJob: WriterJob, @unchecked Sendable {
    /// The result of the job.
    struct Result {
        /// The fork as it was recorded.
        let fork: LogFork
        /// How many records the new log continues.
        let size: UInt64
        /// The keys to which an end or a restriction was applied.
        let restricted: [KeyID]
    }

    /// The actor of the events that end or restrict keys with the fork.
    static let actor = Actor(kind: .import, id: "fork")

    /// The maximum number of keys that one fork restricts, since all of it is one transaction and each key takes a few pages.
    static let mostKeys = 20_000

    private let logID: Bytes16
    private let leftCheckpoint: String
    private let abandoned: [Bytes16]
    private let newer: [KeyID: KeyState]
    /// The caller that forks the log.
    private let caller: Caller
    private let erasures: [(account: AccountID, erasure: AccountErasure)]
    private let rules: [AccountID: AccountRules]
    private let vault: Vault
    private let reader: LogReader
    private let continuation: UnsafeContinuation<Result, any Error>
    private var result: Result?

    /// Makes the job.
    ///
    /// - Parameters:
    ///   - logID: the new id of the log.
    ///   - checkpoint: the newest signed checkpoint of the log that is left, as text; empty where there is none.
    ///   - abandoned: the ids of forks that are given up with this one.
    ///   - newer: what a newer copy of the log says of keys.
    ///   - erasures: the data keys that the newer copy says were destroyed.
    ///   - rules: the account rules that the newer copy holds.
    ///   - caller: who forks the log.
    ///   - vault: seals the caller's fields, and reseals allowlists of the newer copy.
    ///   - reader: reads this log.
    ///   - continuation: gets the result.
    init(
        to logID: Bytes16, leaving checkpoint: String, abandoning abandoned: [Bytes16], newer: [KeyID: KeyState],
        erasures: [(account: AccountID, erasure: AccountErasure)], rules: [AccountID: AccountRules], by caller: Caller, vault: Vault,
        reader: LogReader,
        _ continuation: UnsafeContinuation<Result, any Error>
    ) {
        self.logID = logID
        leftCheckpoint = checkpoint
        self.abandoned = abandoned
        self.newer = newer
        self.erasures = erasures
        self.rules = rules
        self.vault = vault
        self.reader = reader
        self.caller = caller
        unsafe self.continuation = continuation
    }

    override var isLifecycle: Bool { true }

    override func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws {
        let size = appender.next
        var decided: [(state: KeyState, events: [Event])] = []
        for (id, known) in newer.sorted(by: { $0.key < $1.key }) {
            guard let state = try turn.store.decidingState(id, transaction) else { continue }
            let bodies = restrictions(of: state, knowing: known, now: appender.now)
            if !bodies.isEmpty {
                decided.append((state, try bodies.enumerated().map { try event($1, ordinal: $0, of: state, at: appender.recordedAt) }))
            }
        }
        // An allowlist that is sealed for the record in the copy and cannot be opened here could never be opened again.
        let unreadable = try decided.count { try $0.events.contains { event in try event.sealed.map { try !opens($0, event) } ?? false } }
        guard unreadable == 0 else { throw ForkRefusal.unreadableLists(keys: unreadable) }
        guard decided.count <= Self.mostKeys else { throw ForkRefusal.tooMuch(keys: decided.count) }
        let fork = try LedgerLog.appendFork(
            to: logID, leaving: leftCheckpoint, abandoning: abandoned, at: appender.recordedAt, reader, &transaction, &appender
        ) { try vault.sealIfPossible(caller.personal, for: $0) }
        for event in decided.flatMap(\.events) {
            let position = try appender.append(event, &transaction)
            try turn.store.apply(event, at: position, &transaction)
            turn.lifecycleEnd = position + 1
        }
        for (account, erasure) in erasures where erasure.dataKeyID != nil {
            _ = try ErasureJob.append(erasure, of: account, by: Self.actor, &turn, &transaction, &appender)
        }
        for (account, rules) in rules.sorted(by: { $0.key < $1.key }) where try turn.store.standing(of: account, transaction).rules != rules
        {
            _ = try AccountRulesJob.append(AccountChange(rules), of: account, by: Self.actor, reader, &turn, &transaction, &appender)
        }
        result = Result(fork: fork, size: size, restricted: decided.map(\.state.id))
    }

    override func finish(_ error: (any Error)?) {
        if let error {
            unsafe continuation.resume(throwing: error)
        } else if let result {
            unsafe continuation.resume(returning: result)
        } else {
            unsafe continuation.resume(throwing: LedgerError.closed)
        }
    }

    /// Whether the sealed fields can be opened, or their data key was destroyed on purpose.
    private func opens(_ sealed: SealedFields, _ event: Event) throws -> Bool {
        try vault.open(sealed, keyID: event.keyID, accountID: event.accountID) != nil
            || erasures.contains { $0.account == event.accountID && $0.erasure.dataKeyID == sealed.dataKeyID }
    }

    private func event(_ body: RestrictingEvent, ordinal: Int, of state: KeyState, at now: Timestamp) throws -> Event {
        var event = Event(
            keyID: state.id, accountID: state.accountID, recordedAt: now, actor: Self.actor, commandOrdinal: UInt32(ordinal),
            body: body.body)
        event.sealed = try body.sealed.map { try vault.moved($0, to: event) }
        return event
    }
}
