internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// Makes the log a new one from the head on: the record that says so, its new id, and what a newer copy of the log knows to have ended,
/// all in one transaction. So nobody ever sees the new log without what had ended.
final class ForkJob: WriterJob {
    struct Result {
        let fork: LogFork
        /// How many records the new log continues.
        let size: UInt64
        /// The keys to which something was applied.
        let restricted: [KeyID]
    }

    /// Of what ends with the fork.
    static let actor = Actor(kind: .import, id: "fork")

    /// In one transaction; each takes a few pages.
    static let mostKeys = 20_000

    private let logID: Bytes16
    private let leftCheckpoint: String
    private let abandoned: [Bytes16]
    private let newer: [KeyID: KeyState]
    /// Who forks the log.
    private let caller: Caller
    private let erasures: [(account: AccountID, erasure: AccountErasure)]
    private let rules: [AccountID: AccountRules]
    private let vault: Vault
    private let reader: LogReader
    private let continuation: CheckedContinuation<Result, any Error>
    private var result: Result?

    /// `abandoned`: forks that are given up with this one. `newer`, `erasures` and `rules`: what a newer copy of the log says of keys, which
    /// data keys it says were destroyed, and what it says that accounts are allowed.
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

    func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws {
        let size = appender.next
        var decided: [(state: KeyState, events: [Event])] = []
        for (id, known) in newer.sorted(by: { $0.key < $1.key }) {
            guard let state = try turn.store.decidingState(id, transaction) else { continue }
            let bodies = restrictions(of: state, knowing: known, now: appender.now)
            if !bodies.isEmpty {
                decided.append((state, try bodies.enumerated().map { try event($1, ordinal: $0, of: state, at: appender.recordedAt) }))
            }
        }
        // Sealed for the record in the copy, they would open nowhere, for good.
        let unreadable = try decided.count { try $0.events.contains { event in try event.sealed.map { try !opens($0, event) } ?? false } }
        guard unreadable == 0 else { throw ForkRefusal.unreadableLists(keys: unreadable) }
        guard decided.count <= Self.mostKeys else { throw ForkRefusal.tooMuch(keys: decided.count) }
        let fork = try Self.append(
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

    func finish(_ error: (any Error)?) { continuation.resume(returning: result, unless: error) }

    /// Appends the record and gives the log its new id. `seal`: who forks it, sealed for the record.
    static func append(
        to logID: Bytes16, leaving checkpoint: String, abandoning abandoned: [Bytes16] = [], at now: Timestamp, _ reader: LogReader,
        _ transaction: inout WriteTransaction, _ appender: inout Appender, seal: (Event) throws -> SealedFields? = { _ in nil }
    ) throws -> LogFork {
        let left = try reader.logID(transaction)
        let lineage = try reader.lineage(transaction)
        let others = abandoned.filter { !lineage.contains($0) && $0 != left }
        let fork = LogFork(leftLogID: left, leftCheckpoint: checkpoint, logID: logID, abandonedLogIDs: others)
        let needed = Event.Body.logForked(fork).neededFeatures.map(\.rawValue)
        var event = Event(
            keyID: .none, accountID: .operator, recordedAt: now, actor: .commandLine, requires: needed, body: .logForked(fork))
        event.sealed = try seal(event)
        let position = try appender.append(event, &transaction)
        try LogMeta.addStep(at: position, reader.tables, &transaction)
        try LogMeta.lineage.set((lineage + others + [left]).flatMap(\.bytes), reader.tables, &transaction)
        try LogMeta.logID.set(logID.bytes, reader.tables, &transaction)
        try LogMeta.require(needed, reader.tables, &transaction)
        return fork
    }

    /// Whether they open, or their data key was destroyed on purpose.
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
