internal import KeyEvents
internal import LMDB

/// Reads the whole log and holds it against itself: every record, its place, time and meaning, and the tree over all.
/// Goes on after what it finds. A damaged page can crash whoever reads it, so run it in a process of its own.
public struct LogScan {
    public struct Finding: Equatable, Sendable {
        /// `nil` when no single record is to blame.
        public let position: UInt64?
        public let what: String
    }

    private let reader: LogReader
    private var frontier = MerkleFrontier()
    private var isTreeKnown = true
    private var areKeysKnown = true
    private var recordedAt = Timestamp(microseconds: .min)
    private var lives: [KeyID: Life] = [:]

    private struct Life {
        var isEnded = false
        var isExpiryRecorded = false
        var end: UInt64 = .max
    }

    public init(_ reader: LogReader) { self.reader = reader }

    /// `progress` is told the position about to be read.
    public mutating func run(progress: (UInt64) -> Void, finding: (Finding) -> Void) throws -> UInt64 {
        let first = try reader.environment.read { try reader.firstPosition($0) }
        // What went before is archived: its leaves, and the keys made in it, are not at hand.
        isTreeKnown = first == 0
        areKeysKnown = first == 0
        var next = first
        while true {
            let start = next
            try reader.environment.read { transaction in next = try read(from: start, transaction, progress, finding) }
            if next == start { break }
        }
        try reader.environment.read { transaction in
            let head = try reader.treeHead(transaction)
            let count = try reader.next(transaction)
            // Another process may have appended since: only a tree over the same records can be compared.
            guard count == next else { return }
            if head.size != next {
                finding(Finding(position: nil, what: "the tree covers \(head.size) records, and the log holds \(next)"))
            } else if isTreeKnown, head.root != frontier.root {
                finding(Finding(position: nil, what: "the root of the tree does not match the records"))
            }
        }
        return next
    }

    /// Some 5,000 records in one read transaction.
    private mutating func read(
        from start: UInt64, _ transaction: borrowing ReadTransaction, _ progress: (UInt64) -> Void, _ finding: (Finding) -> Void
    ) throws -> UInt64 {
        var expected = start
        progress(start)
        var cursor = try transaction.cursor(in: reader.tables.records)
        var isFound = try cursor.seek(start)
        while isFound, expected < start + 5000 {
            guard cursor.key.count == 8 else {
                finding(Finding(position: expected, what: "the position is damaged"))
                return expected
            }
            let position = cursor.key.bigEndian()
            if position != expected {
                finding(Finding(position: expected, what: "the record is missing (the next one there is \(position))"))
                isTreeKnown = false
                guard position > expected else { return expected }
                expected = position
            }
            progress(position)
            try check(cursor.value, at: position, transaction, finding)
            expected += 1
            isFound = try cursor.next()
        }
        return expected
    }

    private mutating func check(
        _ stored: borrowing Span<UInt8>, at position: UInt64, _ transaction: borrowing ReadTransaction, _ finding: (Finding) -> Void
    ) throws {
        do {
            let leaf = try StoredRecord.checkedLeaf(stored, at: position)
            if isTreeKnown { try checkTree(leaf, at: position, transaction, finding) }
        } catch {
            guard case LogError.damaged(_, let what) = error else { throw error }
            finding(Finding(position: position, what: what))
            isTreeKnown = false
            return
        }
        guard let event = try? LogReader.decode(stored.extracting(droppingLast: StoredRecord.checkBytes), at: position) else {
            finding(Finding(position: position, what: "the record cannot be decoded"))
            return
        }
        if event.recordedAt < recordedAt { finding(Finding(position: position, what: "the record is older than the one before it")) }
        recordedAt = max(recordedAt, event.recordedAt)
        checkLife(event, at: position, finding)
    }

    private mutating func checkTree(
        _ leaf: Digest32, at position: UInt64, _ transaction: borrowing ReadTransaction, _ finding: (Finding) -> Void
    ) throws {
        var nodes: [MerkleFrontier.Node] = []
        frontier.append(leaf) { if $0.height > 0, $0.height % MerkleStore.fanOutBits == 0 { nodes.append($0) } }
        for node in nodes where try reader.tables.merkle.hash(height: node.height, index: node.index, transaction) != node.hash {
            finding(Finding(position: position, what: "the tree's node \(node.index) at height \(node.height) does not match the records"))
        }
    }

    private mutating func checkLife(_ event: Event, at position: UInt64, _ finding: (Finding) -> Void) {
        if case .created = event.body {
            if lives[event.keyID] != nil { finding(Finding(position: position, what: "the key is created a second time")) }
            lives[event.keyID] = Life()
            return
        }
        guard var life = lives[event.keyID] ?? (areKeysKnown ? nil : Life()) else {
            finding(Finding(position: position, what: "the event is about a key that was not created before it"))
            return
        }
        switch event.body {
        case .used(let use):
            if use.decidedAtPosition >= min(life.end, position) {
                finding(Finding(position: position, what: "the use was decided at or after the end of its key"))
            }
        case .refused, .unknown:
            break
        case .expired where life.isExpiryRecorded:
            finding(Finding(position: position, what: "the expiry of the key is recorded a second time"))
        default:
            if life.isEnded { finding(Finding(position: position, what: "the event follows the end of its key")) }
        }
        switch event.body {
        case .revoked, .expired:
            life.isEnded = true
            if case .expired = event.body { life.isExpiryRecorded = true }
            life.end = min(life.end, position)
            lives[event.keyID] = life
        default: break
        }
    }
}
