internal import Bytes
public import EventLog
internal import Storage

/// Usage statistics and histories, brought forward when somebody asks, by whichever process is asked.
///
/// They stand in generations (`ViewGenerations`): a rebuild fills a new one beside the one that is in force.
public final class Views: Sendable {
    let generations: ViewGenerations
    let reader: LogReader
    let snapshots: UsageSnapshots

    /// Opens what is there as long as there is room for it; an empty folder fills at the first question. What is wrong with the
    /// views must not stop what goes on without them: it is told to whoever asks.
    /// `snapshots`: always the same for a folder; tests make small logs of many intervals.
    public init(path: String, reader: LogReader, snapshots: UsageSnapshots = UsageSnapshots()) {
        self.snapshots = snapshots
        self.reader = reader
        generations = ViewGenerations(path: path)
    }

    /// Reads the generation in force. Views are disposable: what is damaged in them is rebuilt from the log, once, and read again.
    func reading<R>(_ body: (Generation, borrowing ReadTransaction) throws -> R) throws -> R {
        try rebuildingOnce { using in
            let generation = try generations.current()
            using(generation.number)
            return try read(generation) { try body(generation, $0) }
        }
    }

    /// `attempt` tells the number of the generation that it is about to use.
    func rebuildingOnce<R>(_ attempt: (_ using: (UInt64) -> Void) throws -> R) throws -> R {
        var number: UInt64?
        do {
            return try attempt { number = $0 }
        } catch LogError.derivedDamaged {
            _ = try Cancellation.shielded { try rebuild(.unlessReplaced(number)) { _ in } }
            return try attempt { _ in }
        }
    }

    func read<R>(_ generation: Generation, _ body: (borrowing ReadTransaction) throws -> R) throws -> R {
        try generations.withCure { try generation.environment.read(body) }
    }
}
