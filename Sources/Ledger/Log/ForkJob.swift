internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// Makes the log a new one from the head on: one transaction holds the record of the fork, the log's new id, and the end of everything that
/// ended in a newer copy of the log. So the new log is never seen without what had ended.
final class ForkJob: WriterJob {
    /// The result of the job.
    struct Result {
        /// The fork as it was recorded.
        let fork: LogFork
        /// How many records the new log continues.
        let size: UInt64
        /// The keys to which an end or a restriction was applied.
        let restricted: [KeyID]
    }

    /// The actor of the events that a fork carries over.
    static let actor = Actor(kind: .import, id: "fork")

    /// The maximum number of keys that a fork restricts: each takes a few pages of its transaction.
    static let maxKeys = 20_000

    private let logID: Bytes16
    private let leftCheckpoint: String
    private let abandoned: [Bytes16]
    private let newer: [KeyID: KeyState]
    /// The caller who forks the log.
    private let caller: Caller
    private let erasures: [(account: AccountID, erasure: AccountErasure)]
    private let rules: [AccountID: AccountRules]
    private let vault: Vault
    private let reader: LogReader
    private let continuation: CheckedContinuation<Result, any Error>
    private var result: Result?

    /// Makes a job. `checkpoint` is the newest checkpoint of the log that is left, empty where there is none; `abandoned` are the forks
    /// that are given up with this one; `newer`, `erasures` and `rules` are the states of keys, the destroyed data keys, and the rules
    /// of accounts in a newer copy of the log.
    init(
        to logID: Bytes16, leaving checkpoint: String, abandoning abandoned: [Bytes16], newer: [KeyID: KeyState],
        erasures: [(account: AccountID, erasure: AccountErasure)], rules: [AccountID: AccountRules], by caller: Caller, vault: Vault,
        reader: LogReader,
        _ continuation: CheckedContinuation<Result, any Error>
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
        self.continuation = continuation
    }

    var isLifecycle: Bool { true }
    var endsOnly: Bool { true }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        let size = appender.nextPosition
        var decided: [(state: KeyState, events: [Event])] = []
        for (id, known) in newer.sorted(by: { $0.key < $1.key }) {
            guard let state = try batch.store.decidingState(id, transaction) else { continue }
            let bodies = restrictions(of: state, knowing: known, now: appender.now)
            if !bodies.isEmpty {
                decided.append((state, try bodies.enumerated().map { try event($1, ordinal: $0, of: state, at: appender.recordedAt) }))
            }
        }
        // Fields that are sealed for the record in the copy, and cannot be sealed anew, would never open again.
        let unreadable = try decided.count { try $0.events.contains { event in try event.sealed.map { try !opens($0, event) } ?? false } }
        guard unreadable == 0 else { throw ForkRefusal.unreadableLists(keys: unreadable) }
        guard decided.count <= Self.maxKeys else { throw ForkRefusal.tooMuch(keys: decided.count) }
        let fork = try LedgerLog.appendFork(
            to: logID, leaving: leftCheckpoint, abandoning: abandoned, at: appender.recordedAt, reader, &transaction, &appender
        ) { try vault.sealedIfPossible($0, with: caller.personal) }
        for event in decided.flatMap(\.events) {
            let position = try appender.append(event, &transaction)
            try batch.store.apply(event, at: position, &transaction)
            batch.lifecycleEnd = position + 1
        }
        for (account, erasure) in erasures where erasure.dataKeyID != nil {
            _ = try ErasureJob.append(erasure, of: account, by: Self.actor, &batch, &transaction, &appender)
        }
        for (account, rules) in rules.sorted(by: { $0.key < $1.key })
        where try batch.store.standing(of: account, transaction).rules != rules {
            _ = try AccountRulesJob.append(AccountChange(rules), of: account, by: Self.actor, reader, &batch, &transaction, &appender)
        }
        result = Result(fork: fork, size: size, restricted: decided.map(\.state.id))
    }

    func finish(_ error: (any Error)?) { continuation.resume(returning: result, unless: error) }

    /// Whether the sealed fields open, or their data key was destroyed on purpose.
    private func opens(_ sealed: SealedFields, _ event: Event) throws -> Bool {
        try vault.open(sealed, keyID: event.keyID, accountID: event.accountID) != nil
            || erasures.contains { $0.account == event.accountID && $0.erasure.dataKeyID == sealed.dataKeyID }
    }

    private func event(_ body: RestrictingEvent, ordinal: Int, of state: KeyState, at now: Timestamp) throws -> Event {
        let event = Event(
            keyID: state.id, accountID: state.accountID, recordedAt: now, actor: Self.actor, commandOrdinal: UInt32(ordinal),
            body: body.body)
        return try vault.sealed(event, carryingOver: body.sealed)
    }
}
