internal import Bytes
public import EventLog
internal import Storage

/// Usage statistics and histories, which are caught up when they are queried, by the process that queries them.
///
/// They are stored in generations (`ViewGenerations`): a rebuild fills a new one beside the one that is in force.
public final class Views: Sendable {
    let generations: ViewGenerations
    let reader: LogReader
    let snapshots: UsageSnapshots

    /// Opens the generation in force, as long as there is room for it; an empty directory is filled by the first query. A fault of the
    /// views must not stop what works without them, so it is reported by the queries alone.
    ///
    /// - Parameters:
    ///   - path: the path of the directory.
    ///   - reader: the reader of the log.
    ///   - snapshots: the interval at which usages are stored, always the same for a directory; tests make small logs of many
    ///     intervals.
    public init(path: String, reader: LogReader, snapshots: UsageSnapshots = UsageSnapshots()) {
        self.snapshots = snapshots
        self.reader = reader
        generations = ViewGenerations(path: path)
    }

    /// Reads the generation in force. Views are disposable: where they are damaged they are rebuilt from the log, once, and read again.
    func reading<R>(_ body: (ViewGeneration, borrowing ReadTransaction) throws -> R) throws -> R {
        try rebuildingOnce { using in
            let generation = try generations.current()
            using(generation.number)
            return try read(generation) { try body(generation, $0) }
        }
    }

    /// Runs an attempt to read, and where it finds damage, once more after a rebuild. `attempt` passes the number of the generation
    /// that it is about to use.
    func rebuildingOnce<R>(_ attempt: (_ using: (UInt64) -> Void) throws -> R) throws -> R {
        var number: UInt64?
        do {
            return try attempt { number = $0 }
        } catch LogError.derivedDamaged {
            _ = try Cancellation.shielded { try rebuild(.unlessReplaced(number)) { _ in } }
            return try attempt { _ in }
        }
    }

    func read<R>(_ generation: ViewGeneration, _ body: (borrowing ReadTransaction) throws -> R) throws -> R {
        try generations.withCure { try generation.environment.read(body) }
    }
}
