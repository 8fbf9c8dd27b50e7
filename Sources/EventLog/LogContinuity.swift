public import Bytes
internal import Storage
internal import Synchronization

/// The head of the log that this process has seen last, in commits of its own and of others.
///
/// A log only grows, so every later state of its files has the same record at that place. Files that have not are an older copy, or another
/// log, which was put in their place or written into them while this process had them open: a number that LMDB or the log counts may have
/// reached the same value there.
public final class LogContinuity: Sendable {
    /// A head of the log, with what is needed to append to it and to know the root of its tree.
    public struct Head: Sendable {
        let log: LogHead
        let frontier: MerkleFrontier

        /// The number of records.
        public var size: UInt64 { log.next }
        /// The root of the tree over them.
        public var root: Digest32 { frontier.root }
    }

    private let seen = Mutex<Head?>(nil)
    private let size = Atomic<UInt64>(0)

    init() {}

    /// The head that was seen last; `nil` before any was. It must be read before the transaction begins that is compared with it.
    public var head: Head? { seen.withLock { $0 } }

    /// The number of records that were seen. It must be read before the transaction begins that is compared with it.
    public var seenSize: UInt64 { size.load(ordering: .acquiring) }

    /// Remembers a head, unless a later one is known.
    func note(_ head: Head) {
        seen.withLock { seen in
            if let known = seen, known.size > head.size { return }
            seen = head
            size.store(head.size, ordering: .releasing)
        }
    }

    /// Reads the head of the log in a transaction.
    ///
    /// - Parameters:
    ///   - reader: the reader of the log.
    ///   - known: what `head` was before the transaction began.
    ///   - transaction: the transaction to read in.
    /// - Returns: the head.
    /// - Throws: `LogError.notContinued` where the log does not continue the known head; the errors of reading the log.
    func read(
        _ reader: LogReader, after known: Head?, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> Head {
        let next = try reader.next(transaction)
        if let known, let last = known.log.last {
            guard next > last, try Self.leaf(at: last, reader, transaction).map({ $0 == known.log.leaf }) ?? true else {
                throw LogError.notContinued(size: next, seen: known.size)
            }
            if next == known.size { return known }
        }
        return Head(log: try reader.head(transaction), frontier: try reader.tables.merkle.frontier(of: next, transaction))
    }

    /// Compares the log with the head that was seen last, and remembers its head now.
    ///
    /// - Parameter reader: the reader of the log.
    /// - Throws: as `read`.
    public func check(_ reader: LogReader) throws {
        let known = head
        note(try reader.environment.read { try read(reader, after: known, $0) })
    }

    /// The leaf hash of a record; `nil` where the record is damaged, which proves nothing of the others.
    private static func leaf(
        at position: UInt64, _ reader: LogReader, _ transaction: borrowing some Transaction & ~Copyable
    ) throws -> Digest32? {
        do { return try reader.leaf(at: position, transaction) } catch is LogError { return nil }
    }
}
