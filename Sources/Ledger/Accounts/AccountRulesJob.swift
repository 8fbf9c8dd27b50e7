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
    private let id: CommandID?
    private let localUser: UInt32?
    private let vault: Vault
    private let watch: ClockWatch
    private let sweep: ExpirySweep
    private let reader: LogReader
    private let commands: RememberedCommands
    private let continuation: CheckedContinuation<AccountOutcome, any Error>
    private var outcome: AccountOutcome?

    init(
        _ change: AccountRulesChange, of account: AccountID, by caller: Caller, id: CommandID?, localUser: UInt32?, vault: Vault,
        watch: ClockWatch, sweep: ExpirySweep, reader: LogReader, _ continuation: CheckedContinuation<AccountOutcome, any Error>
    ) {
        self.account = account
        self.change = change
        self.caller = caller
        self.id = id
        self.localUser = localUser
        self.vault = vault
        self.watch = watch
        self.sweep = sweep
        self.reader = reader
        commands = RememberedCommands(reader, vault)
        self.continuation = continuation
    }

    var isLifecycle: Bool { true }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        let now = appender.now
        let isSettled = appender.clockTrust == .settled && !sweep.isStepSuspected
        if let acting = try ActingKey(of: caller, at: now, batch.store, transaction) {
            try acting.caller.require(.keysWrite)
            try acting.requireDefaultEnvironment()
        }
        if let id, let earlier = try commands.earlier(id, of: caller.account, at: isSettled ? now : nil, batch.store, transaction) {
            guard case .account(let account, let standing) = earlier.answer else { throw ServiceError.commandIDReused }
            outcome = AccountOutcome(account: account, standing: standing, isRepeat: true)
            return
        }
        try watch.require(appender)
        let before = try batch.store.standing(of: account, transaction)
        let standing = AccountStanding(keys: before.keys, rules: change.applied(to: before.rules))
        outcome = AccountOutcome(account: account, standing: standing, isRepeat: false)
        if standing != before {
            let change = AccountChange(standing.rules, localUserID: localUser)
            _ = try Self.append(
                change, of: account, by: caller.actor, commandID: id?.text ?? "", reader, &batch, &transaction, &appender
            ) {
                try vault.sealedIfPossible($0, with: caller.personal)
            }
        }
        guard let id else { return }
        let next = appender.nextPosition
        try commands.remember(
            id, of: caller.account, .account(account, standing), at: next - min(next, 1), before: next, decidedAt: now,
            isForgetting: isSettled,
            &transaction)
    }

    /// Appends the record and returns its position. `seal` returns the event with who did it sealed in it.
    static func append(
        _ change: AccountChange, of account: AccountID, by actor: Actor, commandID: String = "", _ reader: LogReader,
        _ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender,
        seal: (Event) throws -> Event = { $0 }
    ) throws -> UInt64 {
        let body = Event.Body.accountChanged(change)
        let needed = body.neededFeatures.map(\.rawValue)
        let event = try seal(
            Event(
                keyID: .none, accountID: account, recordedAt: appender.recordedAt, actor: actor, commandID: commandID, requires: needed,
                body: body))
        try LogMeta.require(needed, reader.tables, &transaction)
        let position = try appender.append(event, &transaction)
        try batch.store.apply(event, at: position, &transaction)
        batch.lifecycleEnd = position + 1
        return position
    }

    func finish(_ error: (any Error)?) { continuation.resume(returning: outcome, unless: error) }
}
