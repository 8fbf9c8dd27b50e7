public import Bytes
internal import Dispatch
public import EventLog
public import KeyEvents
internal import Storage
internal import Synchronization

/// Reads the whole log and holds it against itself: every record, its place, time and meaning, the tree over all, and the
/// checkpoints that were signed of it. Goes on after what it finds. A damaged page can crash whoever reads it, so run it in a
/// process of its own.
///
/// Two threads share the work: one reads, hashes and decodes records; the other adds up what they amount to (`LogScanFold`).
public struct LogScan {
    public struct Finding: Equatable, Sendable {
        /// `nil` when no single record is to blame; of several the first.
        public let position: UInt64?
        public let what: String

        public init(position: UInt64?, what: String) {
            self.position = position
            self.what = what
        }
    }

    public struct Outcome: Sendable {
        /// One more than the last position.
        public let size: UInt64
        /// Of the tree over the records as they were read; `nil` where some of them could not be.
        public let root: Digest32?
        /// How many records were read.
        public let records: UInt64
        /// How many checkpoints the log extends.
        public let checkpoints: Int
    }

    /// Records read in one read transaction.
    private static let slice: UInt64 = 4096
    /// Slices that wait to be added up: as much memory.
    private static let slicesWaiting = 4

    private let reader: LogReader
    private let checkpoints: [Checkpoint]
    private let opener: (any PersonalFieldsOpener)?

    /// - Parameters:
    ///   - reader: of the log.
    ///   - checkpoints: what was signed, of this log.
    ///   - opener: of what is sealed, where the addresses of aggregated records are to be looked at too.
    public init(_ reader: LogReader, checkpoints: [Checkpoint] = [], opener: (any PersonalFieldsOpener)? = nil) {
        self.reader = reader
        self.opener = opener
        self.checkpoints = checkpoints
    }

    /// `progress` is told the position about to be read; `finding` is called from another thread.
    public func run(progress: (UInt64) -> Void, finding: @escaping @Sendable (Finding) -> Void) throws -> Outcome {
        // Whatever `meta` says: read from a later position, a log whose beginning is lost would agree with itself.
        let first: UInt64 = 0
        let fold = LogScanFold(reader, checkpoints: checkpoints, finding: finding)
        let slices = SliceQueue(most: Self.slicesWaiting)
        let adding = try WorkThread("ledger-scan") { while let (slice, new) = slices.take() { fold.add(slice, asking: new) } }
        // Also where reading fails: the other thread ends.
        defer { slices.end() }
        var next = first
        var records: UInt64 = 0
        var questions = UseQuestions()
        while true {
            let start = next
            var scanned: [ScannedRecord] = []
            scanned.reserveCapacity(Int(Self.slice))
            next = try reader.environment.read { transaction in try read(from: start, transaction, progress, finding, &scanned, &questions)
            }
            records += UInt64(scanned.count)
            slices.add((scanned, questions.takeNew()))
            if next == start { break }
        }
        let size = next
        slices.end()
        adding.join()
        let (root, checkpoints) = try fold.finish(size)
        return Outcome(size: size, root: root, records: records, checkpoints: checkpoints)
    }

    private func read(
        from start: UInt64, _ transaction: borrowing ReadTransaction, _ progress: (UInt64) -> Void, _ finding: (Finding) -> Void,
        _ scanned: inout [ScannedRecord], _ questions: inout UseQuestions
    ) throws -> UInt64 {
        var expected = start
        progress(start)
        var cursor = try transaction.cursor(in: reader.tables.records)
        var isFound = try cursor.seek(start)
        while isFound, expected - start < Self.slice {
            guard cursor.key.count == 8, cursor.key.bigEndian() < .max else {
                finding(Finding(position: expected, what: "the position is damaged"))
                return expected
            }
            let position = cursor.key.bigEndian()
            if position != expected {
                guard position > expected else {
                    finding(Finding(position: expected, what: "the record is missing (the next one there is \(position))"))
                    return expected
                }
                expected = position
            }
            progress(position)
            let record = ScannedRecord(stored: cursor.value, at: position, &questions)
            if let objection = addressObjection(record, stored: cursor.value) {
                finding(Finding(position: position, what: objection))
            }
            scanned.append(record)
            expected += 1
            isFound = try cursor.next()
        }
        return expected
    }

    /// What is wrong with the addresses that an aggregated record holds sealed, as far as they can be read.
    private func addressObjection(_ record: ScannedRecord, stored: borrowing Span<UInt8>) -> String? {
        guard let opener, case .use(let use) = record.meaning, use.count > 1,
            let event = try? EventCodec.decode(stored.extracting(droppingLast: StoredRecord.checkBytes)), let sealed = event.sealed
        else { return nil }
        return event.addressObjection(opener.openIfPossible(sealed, keyID: event.keyID, accountID: event.accountID))
    }
}

/// Records on their way from the thread that reads them to the one that adds them up, in order.
private final class SliceQueue: Sendable {
    typealias Slice = (records: [ScannedRecord], questions: [UseQuestion])

    private let slices = Mutex<(waiting: [Slice], hasEnded: Bool)>(([], false))
    private let room: DispatchSemaphore
    private let filled = DispatchSemaphore(value: 0)

    init(most: Int) { room = DispatchSemaphore(value: most) }

    /// Returns when there is room.
    func add(_ slice: Slice) {
        room.wait()
        slices.withLock { $0.waiting.append(slice) }
        filled.signal()
    }

    /// Nothing more comes. To be called once or more.
    func end() {
        slices.withLock { $0.hasEnded = true }
        filled.signal()
    }

    /// `nil`: there is nothing, and nothing comes.
    func take() -> Slice? {
        while true {
            filled.wait()
            let (slice, hasEnded) = slices.withLock { slices in
                (slices.waiting.isEmpty ? nil : slices.waiting.removeFirst(), slices.hasEnded)
            }
            if slice != nil { room.signal() }
            if slice != nil || hasEnded { return slice }
        }
    }
}
