public import KeyEvents

/// Holds records, in their order, against what the log promises of them: times that never decrease, and the life of every key.
public struct HistoryCheck {
    private struct Life {
        var isEnded = false
        var isExpiryRecorded = false
        var end: UInt64 = .max
    }

    private let isFromTheStart: Bool
    private var recordedAt = Timestamp(microseconds: .min)
    private var lives: [KeyID: Life] = [:]

    /// `isFromTheStart`: the first record is that of position 0; otherwise keys may have been made before.
    public init(isFromTheStart: Bool) { self.isFromTheStart = isFromTheStart }

    /// `finding` is told what is wrong with the record.
    public mutating func add(_ record: Span<UInt8>, leaf: Digest32, at position: UInt64, finding: (String) -> Void) {
        let scanned = ScannedRecord(record, leaf: leaf, at: position)
        if let problem = scanned.problem { return finding(problem.description) }
        add(scanned, finding: finding)
    }

    /// Of a record that could be decoded.
    mutating func add(_ record: ScannedRecord, finding: (String) -> Void) {
        if record.recordedAt < recordedAt { finding("the record is older than the one before it") }
        recordedAt = max(recordedAt, record.recordedAt)
        if case .ofLog = record.meaning { return }
        if case .created = record.meaning {
            if lives[record.keyID] != nil { finding("the key is created a second time") }
            lives[record.keyID] = Life()
            return
        }
        guard var life = lives[record.keyID] ?? (isFromTheStart ? nil : Life()) else {
            return finding("the event is about a key that was not created before it")
        }
        switch record.meaning {
        case .created, .other, .ofLog:
            return
        case .used(let decidedAtPosition):
            if decidedAtPosition >= min(life.end, record.position) { finding("the use was decided at or after the end of its key") }
            return
        case .changed:
            if life.isEnded { finding("the event follows the end of its key") }
            return
        case .revoked:
            if life.isEnded { finding("the event follows the end of its key") }
        case .expired:
            if life.isExpiryRecorded {
                finding("the expiry of the key is recorded a second time")
            } else if life.isEnded {
                finding("the event follows the end of its key")
            }
            life.isExpiryRecorded = true
        }
        life.isEnded = true
        life.end = min(life.end, record.position)
        lives[record.keyID] = life
    }
}
