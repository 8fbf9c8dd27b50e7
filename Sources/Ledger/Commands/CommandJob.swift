internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage
internal import Validation

/// Carries out one command on one key inside the writer's transaction: it decides on the state as it is there, appends the events, and
/// applies them to the state.
final class CommandJob: WriterJob {
    /// The command that is to be carried out, with its caller.
    struct Request: Sendable {
        let keyID: KeyID
        /// The account of the key that is to be created; `nil` for all other commands, which go by the key's own account.
        let newAccount: AccountID?
        let command: KeyCommand
        let caller: Caller
        let id: CommandID?
        /// The reason for the command, in the caller's words.
        var reason: String?
        /// Throws where the caller does not hold what this command takes, given the key as it is.
        let authorise: @Sendable (KeyState?, Caller) throws -> Void
        /// The secrets of the key that were used, as far as the log was read; only a rotation needs them.
        var knownUses: Views.SecretUses?
    }

    /// The result of the command.
    struct Result {
        let state: KeyState
        let position: UInt64
        /// The time at which the command was decided, or the first one where this is a repetition.
        let decidedAt: Timestamp
        let isChange: Bool
        let isRepeat: Bool
        /// Why the command was refused; then nothing but a passed expiry was recorded.
        let refusal: CommandRefusal?
    }

    private let request: Request
    private let vault: Vault
    private let reader: LogReader
    private let commands: RememberedCommands
    private let aggregator: UseAggregator
    private let sweep: ExpirySweep
    private let watch: ClockWatch
    private let continuation: CheckedContinuation<Result, any Error>
    /// The windows of this key that were taken from the aggregator to be recorded before the event. A second attempt goes on with them.
    private var closedWindows: [PendingUse] = []
    private var areWindowsRecorded = false
    private var result: Result?

    init(
        _ request: Request, vault: Vault, reader: LogReader, aggregator: UseAggregator, sweep: ExpirySweep,
        watch: ClockWatch, _ continuation: CheckedContinuation<Result, any Error>
    ) {
        self.request = request
        self.vault = vault
        self.reader = reader
        commands = RememberedCommands(reader, vault)
        self.aggregator = aggregator
        self.sweep = sweep
        self.watch = watch
        self.continuation = continuation
    }

    var isLifecycle: Bool { true }
    var endsOnly: Bool { request.command.endsOnly }

    func perform(_ batch: inout AppendBatch, _ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        let now = appender.now
        // Events that are final, and the forgetting of old commands, wait until nothing speaks against the clock.
        let isSettled = appender.clockTrust == .settled && !sweep.isStepSuspected
        areWindowsRecorded = false
        let acting = try ActingKey(of: request.caller, at: now, batch.store, transaction)
        let caller = acting?.caller ?? request.caller
        if acting != nil {
            try caller.require(.keysWrite)
            try caller.checkGrant(of: request.command.granted)
        }
        if let id = request.id, let repeated = try remembered({ try repeated(id, at: isSettled ? now : nil, batch.store, transaction) }) {
            result = repeated
            return
        }
        if !request.command.endsOnly { try watch.require(appender) }
        let before = try batch.store.decidingState(request.keyID, transaction)
        if let before, !caller.sees(before.accountID) { throw ServiceError.unknownKey }
        try request.authorise(before, caller)
        let personal = before?.personal(vault) ?? PersonalFields()
        if let acting, !caller.account.isOperator, !request.command.endsOnly {
            let rules = try batch.store.standing(of: caller.account, transaction).rules
            try CallerLimits(of: acting, acting.state.personal(vault), rules).check(request.command, on: before, personal)
        }
        if let account = request.newAccount {
            let standing = try batch.store.standing(of: account, at: now, transaction)
            guard standing.hasRoom else { throw ServiceError.tooManyKeys(keys: standing.keys, limit: standing.keyLimit) }
        }
        let command = try withUsageAtHead(request.command, before, at: now, transaction)
        if case .rotate(let rotation) = command, rotation.isNewestUsed, let acting, acting.state.id == request.keyID,
            acting.isOlder(at: now)
        {
            throw ServiceError.beyondCaller(
                field: "id", problem: "names the key that asks for this, whose newer secret is in use; rotate it with that one.")
        }
        // While the clock is in doubt a revocation is decided as before every expiry: the key is revoked even if it may have expired.
        let isRevocation = if case .revoke = command { true } else { false }
        let time = isRevocation && !isSettled ? Timestamp(microseconds: .min) : now
        var decision = decide(before, personal, command, reason: request.reason, now: time)
        // Recording an expiry is final. While the clock is in doubt the expiry is not recorded, and the command is refused all the same.
        if decision.events == [DecidedEvent(.expired)] || command == .expire, !isSettled { decision.events = [] }
        if decision.events.isEmpty, let refusal = decision.refusal {
            throw refusal == .unknownKey ? ServiceError.unknownKey : ServiceError.refused(refusal)
        }
        let events = try decision.events.enumerated().map {
            try event($1, ordinal: $0, at: appender.recordedAt, before, batch.store, transaction)
        }
        // Every event must fit into a record before the first is written.
        for event in events { _ = try EventCodec.encode(event) }
        for event in events where !event.requires.isEmpty { try LogMeta.require(event.requires, reader.tables, &transaction) }
        if !events.isEmpty { try closeWindows(&transaction, &appender) }
        var state = before
        for event in events {
            let position = try appender.append(event, &transaction)
            state = try batch.store.apply(event, at: position, &transaction)
            batch.lifecycleEnd = position + 1
        }
        guard let state else { throw ServiceError.unknownKey }
        // An expiry that the command only met is no change of its own.
        let isChange = !events.isEmpty && (command == .expire || events.last?.body != .expired)
        result = Result(
            state: state, position: state.changedPosition, decidedAt: now, isChange: isChange, isRepeat: false, refusal: decision.refusal)
        if let id = request.id, decision.refusal == nil {
            let next = appender.nextPosition
            _ = try remembered {
                try commands.remember(
                    id, of: request.caller.account, .key(state), at: state.changedPosition, before: next, decidedAt: now,
                    isForgetting: isSettled, &transaction)
            }
        }
    }

    /// Where the data key cannot be read now, it is unknown whether the command came before, and nothing is done that must not be done
    /// twice. A command that only ends a key is carried out all the same, and not remembered.
    private func remembered<Value>(_ body: () throws -> Value?) throws -> Value? {
        do { return try body() } catch LedgerError.vault where request.command.endsOnly { return nil }
    }

    /// Returns the first response where the same command was submitted before, else `nil`. Throws where its id was used for another
    /// command.
    private func repeated(
        _ id: CommandID, at now: Timestamp?, _ store: StateStore, _ transaction: borrowing WriteTransaction
    ) throws -> Result? {
        guard let earlier = try commands.earlier(id, of: request.caller.account, at: now, store, transaction) else { return nil }
        guard case .key(let state) = earlier.answer else { throw ServiceError.commandIDReused }
        return Result(
            state: state, position: earlier.position, decidedAt: earlier.time, isChange: false, isRepeat: true, refusal: nil)
    }

    func finish(_ error: (any Error)?) {
        // The windows were not recorded after all: the batch failed, or its second attempt had nothing left to do.
        if error != nil || !areWindowsRecorded { aggregator.restore(closedWindows) }
        continuation.resume(returning: result, unless: error)
    }

    /// Returns the command; a rotation with whether the newest secret was used, up to the head of the log.
    private func withUsageAtHead(
        _ command: KeyCommand, _ state: KeyState?, at now: Timestamp, _ transaction: borrowing WriteTransaction
    ) throws -> KeyCommand {
        guard case .rotate(var rotation) = command, let known = request.knownUses,
            let newest = state?.secrets.last(where: { $0.isLive(at: now) })?.record.id
        else { return command }
        var isUsed = known.used.contains(newest) || aggregator.holdsUse(of: request.keyID, secret: newest)
        if !isUsed {
            _ = try reader.scan(from: known.next, limit: .max, transaction) { _, record, _ in
                if let use = UseSummary(record) {
                    isUsed = use.keyID == request.keyID && use.secretID == newest && use.code == nil
                }
                return !isUsed
            }
        }
        rotation.isNewestUsed = isUsed
        return .rotate(rotation)
    }

    /// Records the open windows of the key: uses that were counted under the old state come before the event that ends it.
    private func closeWindows(_ transaction: inout WriteTransaction, _ appender: inout BatchAppender) throws {
        closedWindows += aggregator.drain(request.keyID)
        for note in closedWindows { _ = try appender.append(note.event, &transaction) }
        areWindowsRecorded = true
    }

    private func event(
        _ decided: DecidedEvent, ordinal: Int, at now: Timestamp, _ before: KeyState?, _ store: StateStore,
        _ transaction: borrowing WriteTransaction
    ) throws -> Event {
        let account = before?.accountID ?? request.newAccount ?? request.caller.account
        // An expiry is recorded as the key's own, whichever command found it.
        let isByItself = decided.body == .expired
        var personal = decided.personal
        if !isByItself {
            (personal.actorLabel, personal.clientAddress) = (request.caller.personal.actorLabel, request.caller.personal.clientAddress)
        }
        let event = Event(
            keyID: request.keyID, accountID: account, recordedAt: now, actor: isByItself ? .sweep : request.caller.actor,
            commandID: isByItself ? "" : request.id?.text ?? "", commandOrdinal: UInt32(ordinal),
            requires: decided.body.neededFeatures.map(\.rawValue), body: decided.body)
        do {
            let sealed = try vault.sealed(event, with: personal)
            // An event that is acknowledged under a data key that is being erased would become unreadable right afterwards.
            if let id = sealed.sealed?.dataKeyID, let erasure = try store.erasure(of: id, account, transaction) {
                throw LedgerError.beingErased(account: account, at: erasure.recordedAt)
            }
            return sealed
        } catch {
            // A key can be stopped even when it cannot be kept who stopped it.
            guard decided.personal.isEmpty else { throw error }
            return event
        }
    }
}

extension KeyCommand {
    fileprivate var granted: [Permission] {
        switch self {
        case .create(let key): key.permissions
        case .change(let change): change.permissions ?? []
        case .disable, .enable, .rotate, .revoke, .expire: []
        }
    }
}
