internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage
internal import Validation

/// Records the rules of an account, unless they are so already.
@safe final class AccountRulesJob: WriterJob, @unchecked Sendable {
    private let account: AccountID
    private let change: AccountRulesChange
    private let caller: Caller
    private let localUser: UInt32?
    private let vault: Vault
    private let watch: ClockWatch
    private let reader: LogReader
    private let continuation: UnsafeContinuation<AccountStanding, any Error>
    private var standing: AccountStanding?

    init(
        _ change: AccountRulesChange, of account: AccountID, by caller: Caller, localUser: UInt32?, vault: Vault, watch: ClockWatch,
        reader: LogReader,
        _ continuation: UnsafeContinuation<AccountStanding, any Error>
    ) {
        self.account = account
        self.change = change
        self.caller = caller
        self.localUser = localUser
        self.vault = vault
        self.watch = watch
        self.reader = reader
        unsafe self.continuation = continuation
    }

    override var isLifecycle: Bool { true }

    override func perform(_ turn: inout Turn, _ transaction: inout WriteTransaction, _ appender: inout Appender) throws {
        try watch.require(appender)
        try ActingKey(of: caller, at: appender.now, turn.store, transaction)?.caller.require(.keysWrite)
        let before = try turn.store.standing(of: account, transaction)
        let rules = change.applied(to: before.rules)
        standing = AccountStanding(keys: before.keys, rules: rules)
        guard rules != before.rules else { return }
        let change = AccountChange(rules, localUserID: localUser)
        _ = try Self.append(change, of: account, by: caller.actor, reader, &turn, &transaction, &appender) { [vault, caller] event in
            try vault.sealIfPossible(caller.personal, for: event)
        }
    }

    /// Appends the record of new rules, and returns its position. `seal` seals the fields of the caller for the record.
    static func append(
        _ change: AccountChange, of account: AccountID, by actor: Actor, _ reader: LogReader, _ turn: inout Turn,
        _ transaction: inout WriteTransaction, _ appender: inout Appender, seal: (Event) throws -> SealedFields? = { _ in nil }
    ) throws -> UInt64 {
        let body = Event.Body.accountChanged(change)
        let needed = body.neededFeatures.map(\.rawValue)
        var event = Event(keyID: .none, accountID: account, recordedAt: appender.recordedAt, actor: actor, requires: needed, body: body)
        event.sealed = try seal(event)
        try LogMeta.require(needed, reader.tables, &transaction)
        let position = try appender.append(event, &transaction)
        try turn.store.apply(event, at: position, &transaction)
        turn.lifecycleEnd = position + 1
        return position
    }

    override func finish(_ error: (any Error)?) {
        if let error {
            unsafe continuation.resume(throwing: error)
        } else if let standing {
            unsafe continuation.resume(returning: standing)
        } else {
            unsafe continuation.resume(throwing: LedgerError.closed)
        }
    }
}
