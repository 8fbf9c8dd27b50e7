internal import EventLog
internal import Glibc
internal import Storage
internal import Synchronization

/// The generations of the views in one folder, side by side in numbered folders, and which of them is in force.
///
/// The lowest that is not superseded is in force, for every process. A rebuild fills the next, and one commit in the old one puts that in
/// its place.
final class ViewGenerations: Sendable {
    let folder: ViewFolder
    /// The one that was in force when this process looked last; `nil`: it could not be opened.
    private let opened = Mutex<Generation?>(nil)

    /// Opens what is there as long as there is room for it.
    init(path: String) {
        folder = ViewFolder(path: path)
        opened.withLock { $0 = try? Self.openCurrent(folder) }
    }

    private static func openCurrent(_ folder: ViewFolder) throws -> Generation {
        try folder.make()
        for _ in 0..<100 {
            let numbers = folder.numbers()
            let number = numbers.first ?? 1
            if numbers.isEmpty { try folder.make("1") }
            do {
                var generation = try Generation(folder: folder.path, number: number)
                while let next = try generation.environment.read({ try generation.successor($0) }) {
                    generation = try Generation(folder: folder.path, number: next)
                }
                return generation
            } catch StorageError.missing {
                // Superseded and removed between looking and opening: look again.
                usleep(10_000)
            }
        }
        // A generation that is in force according to another, and is not there: whoever lost it, what it held comes from the log.
        throw LogError.derivedDamaged(what: "which of the generations in \(folder.path) is in force")
    }

    /// The generation in force, following the marks that rebuilds have left.
    func current() throws -> Generation {
        try withCure {
            try opened.withLock { opened in
                // One that is gone without a mark was set aside, since somebody could not read it.
                var current = try opened.flatMap { folder.holds($0.number) ? $0 : nil } ?? Self.openCurrent(folder)
                opened = current
                while let next = try current.environment.read({ [current] in try current.successor($0) }) {
                    do {
                        current = try Generation(folder: folder.path, number: next)
                    } catch StorageError.missing {
                        // Superseded in its turn, and removed.
                        current = try Self.openCurrent(folder)
                    }
                    opened = current
                }
                return current
            }
        }
    }

    /// The generation in force; `nil` when it cannot be read.
    func readable() throws -> Generation? {
        do { return try current() } catch LogError.derivedDamaged { return nil }
    }

    /// Says of damaged files what mends them.
    func withCure<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch let error as StorageError where Self.isDamage(error) {
            throw LogError.derivedDamaged(what: "what \(folder.path) holds of usage and histories (\(error))")
        }
    }

    /// Whether a new generation would help. A shortage is no damage, nor is a file that this user may not open.
    private static func isDamage(_ error: StorageError) -> Bool {
        switch error {
        case .corrupted, .panic, .versionMismatch, .notLMDB, .inputOutput, .badValueSize, .unexpected: true
        case .keyExists, .mapFull, .mapResized, .readersFull, .noSpace, .shortage, .notPermitted, .missing, .alreadyOpen,
            .otherPIDNamespace, .lockHeld:
            false
        }
    }

    // MARK: New generations

    /// Runs `body` while nobody else fills a generation that is not in force.
    @available(*, noasync)
    func withRebuildLock<R>(_ body: () throws -> R) throws -> R {
        try folder.make()
        let lock = try FileLock(path: folder.path + "/rebuild.lock")
        try lock.lockWhileHolderRuns()
        defer { lock.unlock() }
        return try body()
    }

    /// Makes the empty folder of a new generation, and returns its number. With the rebuild lock held; what an interrupted rebuild has left
    /// goes. `old`: the generation in force; `nil`: it cannot be read.
    func makeNext(after old: Generation?) throws -> UInt64 {
        let number: UInt64
        if let old {
            number = old.number + 1
            for leftover in folder.numbers() where leftover != old.number { folder.remove(String(leftover)) }
        } else {
            // Not the one that a damaged generation may name as its successor: others would open it while it is being filled.
            number = (folder.numbers().last ?? 0) + 2
        }
        try folder.make(String(number))
        return number
    }

    /// Puts a new generation in force, and removes all others. With the rebuild lock held. `old`: the generation in force; `nil`: it cannot be
    /// read, and the new one takes its place by removing it, without a mark. `complete` brings the new one to the head of the log, durably,
    /// leaves it closed, and returns the position that it has reached, as does this. It may run twice.
    @available(*, noasync)
    func replace(_ old: Generation?, by number: UInt64, complete: () throws -> UInt64) throws -> UInt64 {
        let reached = try opened.withLock { opened in
            let reached = try old.map { try mark($0, supersededBy: number, complete) } ?? complete()
            // Still locked: others here would find the mark and open the new one too, which only one may.
            opened = try Generation(folder: folder.path, number: number)
            return reached
        }
        // The highest first: whoever opens the lowest that is left finds a mark in it, or cannot read it, until it goes too.
        for other in folder.numbers().reversed() where other != number { folder.remove(String(other)) }
        return reached
    }

    @available(*, noasync)
    private func mark(_ old: Generation, supersededBy number: UInt64, _ complete: () throws -> UInt64) throws -> UInt64 {
        do {
            return try old.environment.write { transaction in
                // Nobody can bring the old one forward now, so the new one is never behind it.
                let reached = try complete()
                // The mark must not outlive a power cut that the folder does not.
                try folder.sync(String(number))
                try old.supersede(by: number, &transaction)
                return reached
            }
        } catch let error as StorageError where Self.isDamage(error) {
            return try complete()
        }
    }
}
