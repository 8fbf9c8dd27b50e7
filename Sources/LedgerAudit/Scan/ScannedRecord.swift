internal import Bytes
internal import EventLog
internal import KeyEvents

/// What a scan keeps of a record: its leaf hash, and what it says about its key.
struct ScannedRecord {
    /// What a record says.
    enum LifecycleEffect {
        case use(ScannedUse)
        /// The record changes what a key may do. The event is kept without its sealed fields.
        indirect case lifecycle(Event)
        /// Somebody read data of other accounts. The actor and the account of the record are kept with it.
        indirect case reading(LogReading, Actor, AccountID)
        /// The record concerns no key: it states how the log came to its name and key.
        indirect case log(Event)
        /// The record concerns an account: its personal fields were erased.
        indirect case erasure(AccountErasure, Event)
        /// The record concerns an account: an operator set its rules.
        indirect case rules(Event)
        /// The record says nothing that is checked.
        case other
    }

    /// Why a record cannot be checked.
    enum Problem {
        case damaged(String)
        case undecodable
        /// The record names features that a reader must know, and this version does not.
        case unknownFeatures([String])
    }

    let position: UInt64
    /// The leaf hash; `nil` where the record is damaged.
    let leaf: Digest32?
    let keyID: KeyID
    let time: RecordTime
    /// Whether an operator confirmed the clock with this record. From here on times may go back.
    let confirmsClock: Bool
    let lifecycleEffect: LifecycleEffect
    let problem: Problem?

    /// Reads a stored record.
    ///
    /// - Parameters:
    ///   - stored: The record with its check.
    ///   - position: The position of the record.
    ///   - useChecks: The questions of the whole scan.
    init(stored: borrowing Span<UInt8>, at position: UInt64, _ useChecks: inout UseChecks) {
        let leaf: Digest32
        do throws(LogError) {
            leaf = try StoredRecord.checkedLeaf(stored, at: position)
        } catch {
            let what = if case .damaged(_, let what) = error { what } else { error.description }
            self.init(damagedAt: position, what)
            return
        }
        self.init(stored.extracting(droppingLast: StoredRecord.checkBytes), leaf: leaf, at: position, &useChecks)
    }

    private init(damagedAt position: UInt64, _ what: String) {
        self.position = position
        leaf = nil
        (keyID, time, confirmsClock, lifecycleEffect, problem) = (KeyID.none, RecordTime(recordedAt: .none), false, .other, .damaged(what))
    }

    init(_ record: Span<UInt8>, leaf: Digest32, at position: UInt64, _ useChecks: inout UseChecks) {
        self.position = position
        self.leaf = leaf
        // These are by far the most common records, and are read without an allocation.
        if let (use, useCheck, account) = useChecks.read(record), use.isPlausible, !use.hasRequirements {
            (keyID, time, confirmsClock, problem) = (use.keyID, use.time, false, nil)
            lifecycleEffect = .use(ScannedUse(use, useCheck, account))
            return
        }
        guard var event = try? LogReader.decode(record, at: position), event.isPlausible else {
            (keyID, time, confirmsClock, lifecycleEffect, problem) = (
                KeyID.none, RecordTime(recordedAt: .none), false, .other, .undecodable
            )
            return
        }
        let unknown = LogFeature.unknown(among: event.requires)
        confirmsClock = if case .clockConfirmed = event.body { true } else { false }
        (keyID, time, problem) = (event.keyID, event.time, unknown.isEmpty ? nil : .unknownFeatures(unknown))
        switch event.body {
        case .used(let use): lifecycleEffect = .use(ScannedUse(use, nil, useChecks.number(of: use), event.accountID))
        case .refused(let use, let code): lifecycleEffect = .use(ScannedUse(use, code, useChecks.number(of: use), event.accountID))
        case .accountErased(let erasure): lifecycleEffect = .erasure(erasure, event)
        case .accountChanged: lifecycleEffect = .rules(event)
        case .logRead(let reading): lifecycleEffect = .reading(reading, event.actor, event.accountID)
        case .logForked, .logKeyChanged:
            event.sealed = nil
            lifecycleEffect = .log(event)
        case .clockConfirmed, .unknown: lifecycleEffect = .other
        default:
            event.sealed = nil
            lifecycleEffect = .lifecycle(event)
        }
    }
}

/// What a scan keeps of a use or a refusal.
struct ScannedUse {
    /// The reason of the refusal; `nil` for an accepted use.
    let code: RefusalCode?
    let account: AccountID
    /// The number of the check; see `UseChecks`.
    let useCheck: UInt32
    let count: UInt64
    let secretID: UInt32
    let decidedAtPosition: UInt64
    let decidedAt: Timestamp
    /// When the first use was decided; the same as `decidedAt` unless the record counts several.
    let firstAt: Timestamp
    let isInternal: Bool

    init(_ use: UseSummary, _ useCheck: UInt32, _ account: AccountID) {
        (code, self.account, self.useCheck) = (use.code, account, useCheck)
        (count, secretID, decidedAtPosition) = (use.count, use.secretID, use.decidedAtPosition)
        (decidedAt, firstAt, isInternal) = (use.decidedAt, use.firstAt, use.isInternal)
    }

    init(_ use: Event.Use, _ code: RefusalCode?, _ useCheck: UInt32, _ account: AccountID) {
        (self.code, self.account, self.useCheck) = (code, account, useCheck)
        (count, secretID, decidedAtPosition) = (use.count, use.secretID, use.decidedAtPosition)
        (decidedAt, firstAt, isInternal) = (use.decidedAt, use.firstAt ?? use.decidedAt, use.isInternal)
    }
}

extension ScannedRecord.Problem: CustomStringConvertible {
    var description: String {
        switch self {
        case .damaged(let what): what
        case .undecodable: "the record cannot be decoded"
        case .unknownFeatures(let names): "\(LogError.unknownFeatures(names))"
        }
    }
}

// A record that no service writes may come from an attacker who wants to break its reader: with sums that overflow, and times beyond
// any calendar.

extension RecordTime {
    fileprivate var isPlausible: Bool { recordedAt.isWritable && occurredAt?.isWritable ?? true }
}

extension Event.Use {
    /// The maximum number of uses in one record: more than can happen in any second, minute or hour.
    private static let maxMergedCount: UInt64 = 1 << 40

    fileprivate static func isPlausible(_ count: UInt64, from firstAt: Timestamp?, to decidedAt: Timestamp) -> Bool {
        count <= maxMergedCount && decidedAt.isWritable && firstAt?.isWritable ?? true
    }
}

extension UseSummary {
    fileprivate var isPlausible: Bool { time.isPlausible && Event.Use.isPlausible(count, from: firstAt, to: decidedAt) }
}

extension Event {
    fileprivate var isPlausible: Bool { time.isPlausible && isBodyPlausible }

    private var isBodyPlausible: Bool {
        switch body {
        case .created(let created): created.expiresAt?.isWritable ?? true
        case .used(let use), .refused(let use, _): Use.isPlausible(use.count, from: use.firstAt, to: use.decidedAt)
        case .changed(let changed): changed.expiry?.date?.isWritable ?? true
        case .secretAdded(_, let olderRetire, _): olderRetire?.date?.isWritable ?? true
        case .clockConfirmed(let confirmation): confirmation.clock.isWritable && confirmation.expected.isWritable
        case .revoked, .expired, .disabled, .enabled, .secretRetired, .logForked, .logRead, .logKeyChanged, .accountErased, .accountChanged,
            .unknown:
            true
        }
    }
}
