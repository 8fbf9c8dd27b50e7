public import Bytes
public import EventLog
internal import KeyEvents

/// Checks records, in their order, against the rules that deciding and validating keep. A signed log in which one of these rules
/// is broken was not written by the service, whoever signed it.
///
/// 1. Times never decrease: neither the stamps, at any record, nor the times of the decisions (`RecordTime`), except where an
///    operator confirmed the clock.
/// 2. Each lifecycle event is one that a command on the key, as it was, decides (`objection`). Nothing but uses and refusals
///    follows the end of a key. No secret is given out twice. The events of a command stand together, in their order.
/// 3. The end of a secret is due, or part of a rotation, or comes with the first accepted use of a newer secret; and with such a
///    use it must come.
/// 4. Each use was accepted, and each refusal given for its reason, by the key as it was at the position and the time of the
///    decision (`KeyState.refusal`). No use is decided before the record that it reflects, so an acceptance has to hold by the
///    time of that record too. There is a margin, since earlier versions decided by clocks that were behind; and where the log's
///    clock went on from there, the stamp may be of a clock that was ahead. A use that is dated earlier, and for which that makes
///    no difference, was not accepted wrongly.
/// 5. The position of a decision is below the record's own, and its time does not lie after the stamp of the record, except for
///    the margin, since clocks are set.
/// 6. The actor of an event may cause it: a key that acts exists, is active, holds `keys.write`, acts on its own account, and
///    grants nothing that it lacks.
/// 7. Only an operator's key or an operator reads data of other accounts.
/// 8. Each fork leaves the log that the records before belong to. Each change of the log's key names the key before, and where
///    that key has signed for the new one, its signature is valid (`LogSuccession`).
/// 9. An account is erased by the operator, and no data key of it is destroyed twice.
///
/// IP allowlists are sealed, so whether an address was allowed is not checked. Rules that need records that are not available
/// (archived, missing, left out of a part) are not checked either.
public struct LifecycleChecker {
    /// How the log came to its origin, by the records so far.
    public private(set) var succession = LogSuccession()

    /// What is known of a key whose first records are not available.
    private struct Stray {
        var end: UInt64 = .max
        var isExpiryRecorded = false
    }

    /// Events that must follow directly, and why.
    private struct Duty {
        enum Cause {
            /// The use at `position` ends the secrets.
            case firstUse
            /// The rotation whose first event stands at `position` ends in a new secret.
            case rotation
        }

        let cause: Cause
        let keyID: KeyID
        let position: UInt64
        var secrets: [UInt32]
    }

    /// The margin for clocks that are set: two time zones are at most so far apart, and a clock that is set by more is noticed.
    static let clockMargin = Duration.seconds(26 * 3600)
    /// The maximum length of an aggregation window: `--window` allows an hour at most, and windows of an hour are merged while the
    /// disk is full.
    static let maxWindow = Duration.seconds(86_400)

    private let isFromTheStart: Bool
    private let isGapless: Bool
    private let hasWholeKeys: Bool
    private var recordedAt = Timestamp.none
    /// The time by which the newest record was decided.
    private var decidedAt = Timestamp.none
    private var lastPosition: UInt64?
    /// The newest record, where it is a lifecycle event.
    private var lastEvent: Event?
    private var hasLastEvent = false
    /// The newest position before which records were missing.
    private var lastGap: UInt64?
    private var numbers: [KeyID: UInt32] = [:]
    private var folds: ContiguousArray<KeyFold> = []
    private var strays: [KeyID: Stray] = [:]
    private var profiles = KeyProfiles()
    private var digests: Set<Digest32> = []
    /// The data keys that were destroyed.
    private var erased: Set<Bytes16> = []
    private var duty: Duty?
    private var stamps = StampTable()
    private var reader = UseChecks()
    /// The questions of uses, by their numbers.
    private var useChecks = [UseCheck(scopes: [], environment: nil)]

    /// Creates a check.
    ///
    /// - Parameters:
    ///   - isFromTheStart: Whether the first record is that of position 0. Otherwise keys may have been created before.
    ///   - isGapless: Whether a record that is not available is missing. Otherwise it may have been left out on purpose.
    ///   - hasWholeKeys: Whether all records of a key, up to some position, are available where its creation is. Otherwise any
    ///     may have been left out.
    public init(isFromTheStart: Bool, isGapless: Bool = true, hasWholeKeys: Bool = true) {
        self.isFromTheStart = isFromTheStart
        self.isGapless = isGapless
        self.hasWholeKeys = hasWholeKeys
    }

    /// Checks the next record.
    ///
    /// - Parameters:
    ///   - record: The bytes of the record.
    ///   - leaf: The leaf hash of the record.
    ///   - position: The position of the record.
    ///   - finding: Receives what is wrong with the record, as clauses.
    public mutating func add(_ record: Span<UInt8>, leaf: Digest32, at position: UInt64, finding: (String) -> Void) {
        let scanned = ScannedRecord(record, leaf: leaf, at: position, &reader)
        learn(reader.takeNew())
        if let problem = scanned.problem { return finding(problem.description) }
        add(scanned, finding: finding)
    }

    /// Adds the questions of uses to come, in the order of their numbers.
    mutating func learn(_ new: [UseCheck]) { useChecks += new }

    /// Checks the next record, which could be decoded.
    mutating func add(_ record: ScannedRecord, finding: (String) -> Void) {
        let position = record.position
        let follows = lastPosition.map { position > 0 && $0 == position - 1 } ?? (position == 0)
        if !follows, isGapless, lastPosition != nil || isFromTheStart { lastGap = max(lastGap ?? 0, position) }
        lastPosition = position
        if !follows { duty = nil }
        // Only the first of several records with one stamp says what the clock was; the others may be later, under a clock that
        // was set back.
        let isClockKnown = follows && isGapless && record.time.recordedAt > recordedAt
        if record.time.recordedAt < recordedAt {
            finding("the record is older than the one before it")
        } else if record.time.decidedAt < decidedAt, !record.confirmsClock, follows, isGapless {
            finding("the record happened before the one before it, and nobody had confirmed such a clock")
        }
        recordedAt = max(recordedAt, record.time.recordedAt)
        decidedAt = record.confirmsClock ? record.time.decidedAt : max(decidedAt, record.time.decidedAt)
        if isGapless { stamps.append(decidedAt, at: position) }
        check(duty: record, finding)
        switch record.lifecycleEffect {
        case .use(let use):
            add(use, of: record.keyID, at: position, finding)
            forgetLastEvent()
        case .lifecycle(let event):
            add(event, at: position, now: isClockKnown ? recordedAt : nil, follows: follows, finding)
            (lastEvent, hasLastEvent) = (event, true)
        case .reading(let reading, let actor, let account):
            if let objection = readingObjection(reading, by: actor, under: account) { finding(objection) }
            forgetLastEvent()
        case .log(let event):
            for what in succession.add(event, at: position, isComplete: isEverythingKnown) { finding(what) }
            forgetLastEvent()
        case .erasure(let erasure, let event):
            if let objection = erasureObjection(to: erasure, event) { finding(objection) }
            forgetLastEvent()
        case .rules(let event):
            if let objection = rulesObjection(to: event) { finding(objection) }
            forgetLastEvent()
        case .other:
            forgetLastEvent()
        }
    }

    /// Forgets the last event. An event is large, and most records are uses, so it is not written again for each of them.
    private mutating func forgetLastEvent() {
        if hasLastEvent { (lastEvent, hasLastEvent) = (nil, false) }
    }

    // MARK: Uses and refusals

    private mutating func add(_ use: ScannedUse, of keyID: KeyID, at position: UInt64, _ finding: (String) -> Void) {
        guard let number = numbers[keyID] else {
            let end = strays[keyID]?.end ?? .max
            if use.code == nil, use.decidedAtPosition >= end {
                finding("the use was decided at or after the end of its key")
            } else if use.decidedAtPosition >= position {
                finding("the use was decided at a position that its record had not reached")
            } else if isEverythingKnown {
                finding("the event is about a key that was not created before it")
            }
            return
        }
        if let objection = objectionToItself(use, at: position) { return finding(objection) }
        let index = Int(number)
        let time = use.code == nil ? acceptanceTime(use) : use.decidedAt
        if use.code == nil, folds[index].plainlyAccepts(use, at: time) { return }
        if use.account != folds[index].accountID { return finding("the event is of another account than its key") }
        if use.code == nil, use.decidedAtPosition >= folds[index].endPosition {
            return finding("the use was decided at or after the end of its key")
        }
        if use.decidedAtPosition < folds[index].createdPosition {
            return finding("the use was decided before its key was created")
        }
        guard isComplete(folds[index]), let state = folds[index].state(at: use.decidedAtPosition) else { return }
        guard Int(use.useCheck) < useChecks.count else { return }
        let useCheck = useChecks[Int(use.useCheck)]
        if let objection = Self.verdictObjection(use, useCheck, on: state, at: time) { return finding(objection) }
        guard use.code == nil else { return }
        folds[index].remember(permitted: use.useCheck, decidedAt: use.decidedAtPosition)
        // The state that a verdict reflects says that the use ends other secrets; the state at the record says which ones.
        guard state.retiresOlder(withUseOf: use.secretID) else { return }
        let retiring = folds[index].state.retiring(withUseOf: use.secretID).map(\.record.id)
        if !retiring.isEmpty, isGapless {
            duty = Duty(cause: .firstUse, keyID: keyID, position: position, secrets: retiring)
        }
    }

    /// Returns what is wrong with a use by its record alone and the stamps of others.
    private func objectionToItself(_ use: ScannedUse, at position: UInt64) -> String? {
        if use.count == 0 { return "the use counts nothing" }
        if use.decidedAtPosition >= position { return "the use was decided at a position that its record had not reached" }
        if use.firstAt > use.decidedAt { return "the first use of the window lies after the last" }
        if use.decidedAt - use.firstAt > Self.maxWindow { return "the window of the uses is longer than any" }
        let ahead = use.decidedAt - recordedAt
        return ahead > Self.clockMargin ? "the use was decided after it was recorded" : nil
    }

    /// Returns the time by which an acceptance has to hold: its own, and nearly that of the record that it reflects.
    private func acceptanceTime(_ use: ScannedUse) -> Timestamp {
        guard isGapless, decidedAt - use.decidedAt > Self.clockMargin,
            let reflected = stamps.time(at: use.decidedAtPosition), reflected < decidedAt
        else { return use.decidedAt }
        return max(use.decidedAt, reflected - Self.clockMargin)
    }

    private static func verdictObjection(
        _ use: ScannedUse, _ useCheck: UseCheck, on state: KeyState, at time: Timestamp
    ) -> String? {
        let refusal = state.refusal(
            of: use.secretID, environment: useCheck.environment, scopes: useCheck.scopes, at: time)
        switch (use.code, refusal) {
        case (nil, nil), (.rateLimited, _), (.quotaExceeded, _): return nil
        case (.permissionDenied, nil): return permissionObjection(use, useCheck, on: state)
        case (nil, .notFound): return "the use was accepted in an environment that is not its key's"
        case (nil, .revoked): return "the use was accepted of a secret that had ended, or that its key never had"
        case (nil, .expired): return "the use was accepted after its key had expired"
        case (nil, .disabled): return "the use was accepted while its key was disabled"
        case (nil, _): return "the use was accepted for scopes that its key did not have"
        case (.ipNotAllowed, nil), (.ipNotAllowed, .insufficientScope): if state.sealedAllowlist != nil { return nil }
        case (let code?, let reason?) where code == reason: return nil
        // The state forgets secrets that ended long ago; a process that still had the entry of one refused it for that.
        case (.revoked, _) where !state.secrets.contains(where: { $0.record.id == use.secretID }): return nil
        default: break
        }
        return "the refusal says \(use.code?.name ?? ""), and the key was not to be refused for that"
    }

    /// Returns what is wrong with the refusal of a valid key for a missing permission.
    private static func permissionObjection(_ use: ScannedUse, _ useCheck: UseCheck, on state: KeyState) -> String? {
        if !use.isInternal { return "the refusal says PERMISSION_DENIED, and the key did not call Keyledger" }
        guard let permission = useCheck.permission.flatMap({ Permission(rawValue: $0) }), state.holds(permission) else { return nil }
        return "the refusal says that the key lacked the permission \(permission.rawValue), which it held"
    }

    // MARK: Readings

    /// Returns what is wrong with a reading. Only an actor that sees all accounts may read data of others.
    private func readingObjection(_ reading: LogReading, by actor: Actor, under account: AccountID) -> String? {
        guard account.isOperator, reading.account?.isOperator != true else { return "the reading is none of what belongs to others" }
        guard (1...32).contains(reading.what.utf8.count), reading.what.utf8.allSatisfy({ $0.isASCIILowercase || $0 == UInt8(ascii: "_") })
        else {
            return "the reading does not say what was read"
        }
        switch actor.kind {
        case .operator, .unknown: return nil
        case .key: break
        case .account, .system, .import: return "the reading is by somebody who sees one account at most"
        }
        guard let id = KeyID(actor.id) else { return "the event was caused by a key that is none" }
        guard let number = numbers[id] else {
            return isEverythingKnown ? "the event was caused by a key that was not created before it" : nil
        }
        return folds[Int(number)].accountID.isOperator ? nil : "the event was caused by a key of another account"
    }

    // MARK: Lifecycle events

    private mutating func add(
        _ event: Event, at position: UInt64, now: Timestamp?, follows: Bool, _ finding: (String) -> Void
    ) {
        if follows, !isInOrder(event) { finding("the event is not the next of its command") }
        if case .created = event.body {
            guard numbers[event.keyID] == nil, strays[event.keyID] == nil, let state = evolve(nil, event, at: position) else {
                return finding("the key is created a second time")
            }
            checkDigest(of: event, at: position, finding)
            if let objection = objection(to: event, on: nil, now: now) ?? actorObjection(event, nil, now) { finding(objection) }
            numbers[event.keyID] = UInt32(folds.count)
            folds.append(KeyFold(state, &profiles))
            return
        }
        checkDigest(of: event, at: position, finding)
        guard let index = numbers[event.keyID].map(Int.init) else { return addStray(event, at: position, finding) }
        if folds[index].isEnded {
            let isSecondExpiry = if case .expired = event.body { folds[index].isExpiryRecorded } else { false }
            return finding(
                isSecondExpiry ? "the expiry of the key is recorded a second time" : "the event follows the end of its key")
        }
        if event.accountID != folds[index].accountID { finding("the event is of another account than its key") }
        let state = folds[index].state
        if isComplete(folds[index]) {
            if let objection = objection(to: event, on: state, now: now) ?? actorObjection(event, state, now) {
                finding(objection)
            } else if case .secretRetired(let id) = event.body {
                expectCause(of: id, event, state, at: position)
            }
        }
        if let after = evolve(state, event, at: position) { folds[index].advance(to: after, at: position, &profiles) }
    }

    /// Checks an event of a key whose first records are not available, against what its other records show.
    private mutating func addStray(_ event: Event, at position: UInt64, _ finding: (String) -> Void) {
        guard !isEverythingKnown else { return finding("the event is about a key that was not created before it") }
        var stray = strays[event.keyID] ?? Stray()
        let isExpiry = if case .expired = event.body { true } else { false }
        let isEnd = if case .revoked = event.body { true } else { isExpiry }
        if stray.end != .max {
            finding(
                isExpiry && stray.isExpiryRecorded
                    ? "the expiry of the key is recorded a second time" : "the event follows the end of its key")
        }
        if isEnd { stray.end = min(stray.end, position) }
        if isExpiry { stray.isExpiryRecorded = true }
        strays[event.keyID] = stray
    }

    private mutating func checkDigest(of event: Event, at position: UInt64, _ finding: (String) -> Void) {
        guard let digest = event.newDigest, !digests.insert(digest).inserted else { return }
        finding("the secret was given out before")
    }

    private func isInOrder(_ event: Event) -> Bool {
        guard event.commandOrdinal > 0 else { return true }
        guard let before = lastEvent else { return false }
        return before.keyID == event.keyID && before.commandOrdinal == event.commandOrdinal - 1 && before.commandID == event.commandID
            && before.actor == event.actor && before.recordedAt == event.recordedAt
    }

    // MARK: The ends of secrets

    /// Records which events have to follow the end of a secret. An end that has come by itself, or that a use before it causes,
    /// needs nothing more; any other end is part of a rotation.
    private mutating func expectCause(of id: UInt32, _ event: Event, _ state: KeyState, at position: UInt64) {
        if duty?.keyID == event.keyID { return }
        // A secret that a fork ends has its cause in the log that was left.
        if event.actor.kind == .import { return }
        guard isGapless, let secret = state.secrets.first(where: { $0.record.id == id }), secret.isLive(at: event.time.decidedAt) else {
            return
        }
        duty = Duty(cause: .rotation, keyID: event.keyID, position: position, secrets: [id])
    }

    /// Checks that the events that must follow directly do follow.
    private mutating func check(duty record: ScannedRecord, _ finding: (String) -> Void) {
        guard var due = duty else { return }
        if record.keyID == due.keyID {
            switch (record.lifecycleEffect, due.cause) {
            // Uses of older secrets that were still being counted come before the end of these secrets.
            case (.use, .firstUse): return
            case (.lifecycle(let event), let cause):
                switch (event.body, cause) {
                case (.secretRetired(let id), .firstUse) where due.secrets.first == id:
                    due.secrets.removeFirst()
                    // The duty stays in force for this record, since it is the cause of the end.
                    duty = due
                    return
                case (.secretRetired, .rotation): return
                case (.secretAdded, .rotation):
                    duty = nil
                    return
                default: break
                }
            default: break
            }
        }
        duty = nil
        switch due.cause {
        case .firstUse where due.secrets.isEmpty: break
        // The finding is reported of the record in the place of the missing one; those before it are correct.
        case .firstUse: finding("the secret \(due.secrets[0]) was to end here, by the use at \(due.position)")
        case .rotation: finding("the secret \(due.secrets[0]) ended at \(due.position), and what called for it does not follow")
        }
    }

    // MARK: Erasures

    private mutating func erasureObjection(to erasure: AccountErasure, _ event: Event) -> String? {
        guard event.keyID == .none else { return "the erasure of an account names a key" }
        switch event.actor.kind {
        case .operator, .import, .unknown: break
        case .account, .key, .system: return "the account is erased by somebody who may not"
        }
        guard let id = erasure.dataKeyID, !erased.insert(id).inserted else { return nil }
        return "the data key was destroyed before"
    }

    // MARK: Rules of accounts

    private func rulesObjection(to event: Event) -> String? {
        guard event.keyID == .none else { return "the rules of an account name a key" }
        if case .accountChanged(let change) = event.body, let scopes = change.rules.grantable, !KeyRules.arePossible(grantable: scopes) {
            return "the rules of an account are such as no command sets"
        }
        switch event.actor.kind {
        case .operator, .import, .unknown: return nil
        case .account, .system: return "the rules of an account are changed by somebody who may not"
        case .key: break
        }
        guard let id = KeyID(event.actor.id) else { return "the event was caused by a key that is none" }
        guard let number = numbers[id] else {
            return isEverythingKnown ? "the event was caused by a key that was not created before it" : nil
        }
        guard isComplete(folds[Int(number)]) else { return nil }
        let actor = folds[Int(number)].state
        guard actor.accountID.isOperator, actor.holds(.keysWrite) else {
            return "the rules of an account are changed by a key that may not"
        }
        let now = RecordTime(recordedAt: event.recordedAt, occurredAt: event.occurredAt).decidedAt
        return actor.status(at: now) == .active ? nil : "the event was caused by a key that was not active"
    }

    // MARK: Who causes events

    private static let ownRevocation = "revoked_by_holder"

    private func actorObjection(_ event: Event, _ state: KeyState?, _ now: Timestamp?) -> String? {
        let granted: [Permission] =
            switch event.body {
            case .created(let created): created.permissions
            case .changed(let changed): changed.permissions ?? []
            default: []
            }
        switch event.actor.kind {
        case .key: return keyActorObjection(event, granted, state, now)
        case .account:
            // A person of an account is recorded under the account's id.
            let isOfAccount = event.actor.id == event.accountID.description && !event.accountID.isOperator
            return isOfAccount && granted.contains(where: \.isOperatorOnly) ? "the event grants what only an operator grants" : nil
        case .system:
            switch (event.actor, event.body) {
            case (.sweep, .expired), (.sweep, .secretRetired), (.firstUse, .secretRetired): return nil
            case (.sweep, _), (.firstUse, _): return "the event is none that the service records by itself"
            default: return nil
            }
        case .operator, .import, .unknown: return nil
        }
    }

    private func keyActorObjection(_ event: Event, _ granted: [Permission], _ state: KeyState?, _ now: Timestamp?) -> String? {
        guard let id = KeyID(event.actor.id) else { return "the event was caused by a key that is none" }
        switch event.body {
        // The holder of a secret may end its key, and the command may record the key's expiry instead.
        case .revoked(Self.ownRevocation) where id == event.keyID, .expired where id == event.keyID: return nil
        default: break
        }
        guard let number = numbers[id] else {
            return isEverythingKnown ? "the event was caused by a key that was not created before it" : nil
        }
        guard isComplete(folds[Int(number)]) else { return nil }
        let actor = folds[Int(number)].state
        let sees = actor.accountID.isOperator || actor.accountID == event.accountID
        if !sees { return "the event was caused by a key of another account" }
        if actor.status(at: now ?? .none) != .active { return "the event was caused by a key that was not active" }
        if !actor.holds(.keysWrite) { return "the event was caused by a key that must not change keys" }
        if granted.contains(where: { !actor.holds($0) || ($0.isOperatorOnly && !actor.accountID.isOperator) }) {
            return "the event grants what the key that caused it lacks"
        }
        switch event.body {
        // Using the permissions of a key requires holding them; ending the key does not.
        case .changed, .enabled, .secretAdded, .secretRetired:
            let isBeyond = state?.permissions.contains { !actor.holds($0) } ?? false
            return isBeyond ? "the event changes a key that may do more than the key that caused it" : nil
        default: return nil
        }
    }

    // MARK: What is at hand

    private var isEverythingKnown: Bool { isFromTheStart && lastGap == nil }

    /// Returns whether all events of a key up to now are available.
    private func isComplete(_ fold: KeyFold) -> Bool { hasWholeKeys && lastGap.map { fold.createdPosition >= $0 } ?? true }
}

extension Event {
    fileprivate var newDigest: Digest32? {
        switch body {
        case .created(let created): created.secret.digest
        case .secretAdded(let secret, _, _): secret.digest
        default: nil
        }
    }
}
