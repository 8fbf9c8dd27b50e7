internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage
internal import Validation

/// Records what an account is allowed, unless it is allowed the same already.
final class AccountRulesJob: WriterJob {
    private let account: AccountID
    private let change: AccountRulesChange
    private let caller: Caller
    private let localUser: UInt32?
    private let vault: Vault
    private let watch: ClockWatch
    private let reader: LogReader
    private let continuation: CheckedContinuation<AccountStanding, any Error>
    private var standing: AccountStanding?

    init(
        _ change: AccountRulesChange, of account: AccountID, by caller: Caller, localUser: UInt32?, vault: Vault, watch: ClockWatch,
        reader: LogReader,
        _ continuation: CheckedContinuation<AccountStanding, any Error>
    ) {
        self.account = account
        self.change = change
        self.caller = caller
        self.localUser = localUser
        self.vault = vault
        self.watch = watch
        self.reader = reader
        self.continuation = continuation
    }

    var isLifecycle: Bool { true }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        try watch.require(appender)
        try ActingKey(of: caller, at: appender.now, batch.store, transaction)?.caller.require(.keysWrite)
        let before = try batch.store.standing(of: account, transaction)
        let rules = change.applied(to: before.rules)
        standing = AccountStanding(keys: before.keys, rules: rules)
        guard rules != before.rules else { return }
        let change = AccountChange(rules, localUserID: localUser)
        _ = try Self.append(change, of: account, by: caller.actor, reader, &batch, &transaction, &appender) {
            try vault.sealedIfPossible($0, with: caller.personal)
        }
    }

    /// Appends the record and returns its position. `seal` returns the event with who did it sealed in it.
    static func append(
        _ change: AccountChange, of account: AccountID, by actor: Actor, _ reader: LogReader, _ batch: inout AppendBatch,
        _ transaction: inout WriteTransaction, _ appender: inout BatchAppender, seal: (Event) throws -> Event = { $0 }
    ) throws -> UInt64 {
        let body = Event.Body.accountChanged(change)
        let needed = body.neededFeatures.map(\.rawValue)
        let event = try seal(
            Event(keyID: .none, accountID: account, recordedAt: appender.recordedAt, actor: actor, requires: needed, body: body))
        try LogMeta.require(needed, reader.tables, &transaction)
        let position = try appender.append(event, &transaction)
        try batch.store.apply(event, at: position, &transaction)
        batch.lifecycleEnd = position + 1
        return position
    }

    func finish(_ error: (any Error)?) { continuation.resume(returning: standing, unless: error) }
}
