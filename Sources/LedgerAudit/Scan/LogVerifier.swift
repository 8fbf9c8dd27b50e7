public import Bytes
internal import Dispatch
public import EventLog
public import KeyEvents
internal import Storage
internal import Synchronization

/// Reads the whole log and checks it against itself: every record, its position, time and content, the tree over all records, and
/// the checkpoints that were signed. It goes on after a finding. A damaged page can crash a process that reads it, so a scan
/// should run in a process of its own.
///
/// Two threads share the work: one reads, hashes and decodes records, and the other checks them together (`LogVerifierState`).
public struct LogVerifier {
    /// The result of a scan.
    public struct Outcome: Sendable {
        /// One more than the last position.
        public let size: UInt64
        /// The root of the tree over the records as they were read; `nil` where some of them could not be read.
        public let root: Digest32?
        /// The number of records that were read.
        public let records: UInt64
        /// The number of checkpoints that the log extends.
        public let checkpoints: Int
    }

    /// The number of records that are read in one read transaction.
    private static let slice: UInt64 = 4096
    /// The maximum number of slices that wait to be checked, which bounds the memory.
    private static let slicesWaiting = 4

    private let reader: LogReader
    private let checkpoints: [Checkpoint]
    private let decryptor: (any PersonalFieldsDecryptor)?

    /// Creates a scan.
    ///
    /// - Parameters:
    ///   - reader: The reader of the log.
    ///   - checkpoints: The checkpoints that were signed of this log.
    ///   - decryptor: Decrypts personal fields, where the addresses of aggregated records are to be checked too.
    public init(_ reader: LogReader, checkpoints: [Checkpoint] = [], decryptor: (any PersonalFieldsDecryptor)? = nil) {
        self.reader = reader
        self.decryptor = decryptor
        self.checkpoints = checkpoints
    }

    /// Runs the scan.
    ///
    /// - Parameters:
    ///   - progress: Receives the position that is read next.
    ///   - finding: Receives each finding. It is called from another thread too.
    /// - Returns: The result.
    /// - Throws: `StorageError` where the log cannot be read at all, and `LogError` where the values beside the records are
    ///   damaged.
    public func run(progress: (UInt64) -> Void, finding: @escaping @Sendable (Finding) -> Void) throws -> Outcome {
        // The scan begins at 0 whatever `meta` says: read from a later position, a log that has lost its beginning would agree
        // with itself.
        let first: UInt64 = 0
        let fold = LogVerifierState(reader, checkpoints: checkpoints, finding: finding)
        let slices = SliceQueue(maxWaiting: Self.slicesWaiting)
        let adding = try WorkThread("ledger-scan") { while let (slice, new) = slices.take() { fold.add(slice, asking: new) } }
        // The other thread has to end too where reading fails.
        defer { slices.end() }
        var next = first
        var records: UInt64 = 0
        var useChecks = UseChecks()
        while true {
            let start = next
            var scanned: [ScannedRecord] = []
            scanned.reserveCapacity(Int(Self.slice))
            next = try reader.environment.read { transaction in try read(from: start, transaction, progress, finding, &scanned, &useChecks)
            }
            records += UInt64(scanned.count)
            slices.add((scanned, useChecks.takeNew()))
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
        _ scanned: inout [ScannedRecord], _ useChecks: inout UseChecks
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
            let record = ScannedRecord(stored: cursor.value, at: position, &useChecks)
            if let objection = addressObjection(record, stored: cursor.value) {
                finding(Finding(position: position, what: objection))
            }
            scanned.append(record)
            expected += 1
            isFound = try cursor.next()
        }
        return expected
    }

    /// Returns what is wrong with the addresses that an aggregated record holds sealed, as far as they can be decrypted.
    private func addressObjection(_ record: ScannedRecord, stored: borrowing Span<UInt8>) -> String? {
        guard let decryptor, case .use(let use) = record.lifecycleEffect, use.count > 1,
            let event = try? EventCodec.decode(stored.extracting(droppingLast: StoredRecord.checkBytes)), let sealed = event.sealed
        else { return nil }
        return event.addressObjection(decryptor.openIfPossible(sealed, keyID: event.keyID, accountID: event.accountID))
    }
}

/// A queue of records from the thread that reads them to the thread that checks them, in order.
private final class SliceQueue: Sendable {
    typealias Slice = (records: [ScannedRecord], useChecks: [UseCheck])

    private let slices = Mutex<(waiting: [Slice], hasEnded: Bool)>(([], false))
    private let room: DispatchSemaphore
    private let filled = DispatchSemaphore(value: 0)

    init(maxWaiting: Int) { room = DispatchSemaphore(value: maxWaiting) }

    /// Adds a slice, and waits until there is room for it.
    func add(_ slice: Slice) {
        room.wait()
        slices.withLock { $0.waiting.append(slice) }
        filled.signal()
    }

    /// Ends the queue. It may be called more than once.
    func end() {
        slices.withLock { $0.hasEnded = true }
        filled.signal()
    }

    /// Takes the next slice, and waits for it; `nil` once the queue has ended and is empty.
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
