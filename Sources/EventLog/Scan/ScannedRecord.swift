internal import KeyEvents

/// What a scan keeps of a record: its leaf hash, and what it says of its key's life.
struct ScannedRecord {
    enum Meaning {
        case created
        case used(decidedAtPosition: UInt64)
        case revoked
        case expired
        /// Any other change of a key, which must come before its end.
        case changed
        /// Says nothing of the key's life.
        case other
        /// Concerns no key.
        case ofLog
    }

    enum Problem {
        case damaged(String)
        case undecodable
        /// The record names what a reader must know, and this version does not.
        case unknownFeatures([String])
    }

    let position: UInt64
    /// `nil` when it is damaged.
    let leaf: Digest32?
    let keyID: KeyID
    let recordedAt: Timestamp
    let meaning: Meaning
    let problem: Problem?

    /// `stored`: the record with its check.
    init(stored: borrowing Span<UInt8>, at position: UInt64) {
        let leaf: Digest32
        do throws(LogError) {
            leaf = try StoredRecord.checkedLeaf(stored, at: position)
        } catch {
            let what = if case .damaged(_, let what) = error { what } else { error.description }
            self.init(damagedAt: position, what)
            return
        }
        self.init(stored.extracting(droppingLast: StoredRecord.checkBytes), leaf: leaf, at: position)
    }

    private init(damagedAt position: UInt64, _ what: String) {
        self.position = position
        leaf = nil
        (keyID, recordedAt, meaning, problem) = (KeyID.none, .none, .other, .damaged(what))
    }

    init(_ record: Span<UInt8>, leaf: Digest32, at position: UInt64) {
        self.position = position
        self.leaf = leaf
        // By far the most, and read without an allocation.
        if let use = UseSummary(record), use.isPossible, !use.hasRequirements {
            (keyID, recordedAt, problem) = (use.keyID, use.recordedAt, nil)
            meaning = use.code == nil ? .used(decidedAtPosition: use.decidedAtPosition) : .other
            return
        }
        guard let event = try? LogReader.decode(record, at: position), event.isPossible else {
            (keyID, recordedAt, meaning, problem) = (KeyID.none, .none, .other, .undecodable)
            return
        }
        let unknown = LogFeature.unknown(among: event.requires)
        (keyID, recordedAt, problem) = (event.keyID, event.recordedAt, unknown.isEmpty ? nil : .unknownFeatures(unknown))
        meaning =
            switch event.body {
            case .logForked: .ofLog
            case .created: .created
            case .used(let use): .used(decidedAtPosition: use.decidedAtPosition)
            case .unknown where event.keyID == .none: .ofLog
            case .refused, .unknown: .other
            case .revoked: .revoked
            case .expired: .expired
            case .changed, .disabled, .enabled, .secretAdded, .secretRetired: .changed
            }
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

/// What no service records, somebody may have written who wants to break whoever reads it: sums overflow, and times that no
/// calendar knows.
extension UseSummary {
    fileprivate var isPossible: Bool {
        count <= Event.Use.mostTogether && recordedAt.isWritable && decidedAt.isWritable && firstAt.isWritable
    }
}

extension Event {
    fileprivate var isPossible: Bool { count <= Use.mostTogether && times.allSatisfy { $0?.isWritable ?? true } }

    private var count: UInt64 {
        switch body {
        case .used(let use), .refused(let use, _): use.count
        default: 1
        }
    }

    private var times: [Timestamp?] {
        let own: [Timestamp?] =
            switch body {
            case .created(let created): [created.expiresAt]
            case .used(let use), .refused(let use, _): [use.decidedAt, use.firstAt]
            case .changed(let changed): [changed.expiry?.date]
            case .secretAdded(_, let olderRetire): [olderRetire?.date]
            case .revoked, .expired, .disabled, .enabled, .secretRetired, .logForked, .unknown: []
            }
        return [recordedAt, occurredAt] + own
    }
}

extension Event.Use {
    /// That one record stands for: more than any second, minute or hour sees.
    fileprivate static let mostTogether: UInt64 = 1 << 40
}

extension KeyID {
    fileprivate static let none = KeyID(Bytes16(high: 0, low: 0))
}

extension Timestamp {
    fileprivate static let none = Timestamp(microseconds: .min)
}
