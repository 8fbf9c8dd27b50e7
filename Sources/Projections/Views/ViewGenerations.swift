internal import EventLog
internal import Glibc
internal import Storage
internal import Synchronization

/// The generations of the views, side by side in numbered directories, and which of them is in force.
///
/// The lowest generation that is not superseded is in force, for every process. A rebuild fills the next, and one commit in the old one
/// puts the new one in force.
final class ViewGenerations: Sendable {
    let folder: ViewFolder
    /// The generation that was in force when this process last checked; `nil` where it could not be opened.
    private let opened = Mutex<ViewGeneration?>(nil)

    /// Opens the generation in force, or makes an empty first one, as long as there is room for it.
    init(path: String) {
        folder = ViewFolder(path: path)
        opened.withLock { $0 = try? Self.openCurrent(folder) }
    }

    private static func openCurrent(_ folder: ViewFolder) throws -> ViewGeneration {
        try folder.make()
        for _ in 0..<100 {
            let numbers = folder.numbers()
            let number = numbers.first ?? 1
            if numbers.isEmpty { try folder.make("1") }
            do {
                var generation = try ViewGeneration(folder: folder.path, number: number)
                while let next = try generation.environment.read({ try generation.successor($0) }) {
                    generation = try ViewGeneration(folder: folder.path, number: next)
                }
                return generation
            } catch StorageError.missing {
                // The generation was superseded and removed between the check and the opening, so the check is repeated.
                usleep(10_000)
            }
        }
        // A generation is in force according to another, and does not exist: whatever the cause, its content can be rebuilt from the
        // log.
        throw LogError.derivedDamaged(what: "which of the generations in \(folder.path) is in force")
    }

    /// Returns the generation in force, following the marks that rebuilds have left.
    func current() throws -> ViewGeneration {
        try withCure {
            try opened.withLock { opened in
                // A generation that was removed without a mark was set aside, since some process could not read it.
                var current = try opened.flatMap { folder.holds($0.number) ? $0 : nil } ?? Self.openCurrent(folder)
                opened = current
                while let next = try current.environment.read({ [current] in try current.successor($0) }) {
                    do {
                        current = try ViewGeneration(folder: folder.path, number: next)
                    } catch StorageError.missing {
                        // The successor was superseded as well, and removed.
                        current = try Self.openCurrent(folder)
                    }
                    opened = current
                }
                return current
            }
        }
    }

    /// Returns the generation in force; `nil` where it cannot be read.
    func readable() throws -> ViewGeneration? {
        do { return try current() } catch LogError.derivedDamaged { return nil }
    }

    /// Runs `body`, and throws an error about damaged files as `LogError.derivedDamaged`, which a rebuild repairs.
    func withCure<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch let error as StorageError where Self.isDamage(error) {
            throw LogError.derivedDamaged(what: "what \(folder.path) holds of usage and histories (\(error))")
        }
    }

    /// Returns whether a new generation would help. A shortage is no damage, nor is a file that this user may not open.
    private static func isDamage(_ error: StorageError) -> Bool {
        switch error {
        case .corrupted, .overwritten, .cutShort, .panic, .versionMismatch, .notLMDB, .inputOutput, .badValueSize, .notAFolder, .unexpected:
            true
        case .keyExists, .mapFull, .mapResized, .readersFull, .noSpace, .shortage, .notPermitted, .missing, .alreadyOpen,
            .otherPIDNamespace, .lockHeld:
            false
        }
    }

    // MARK: New generations

    /// Runs `body` while no other process fills a generation that is not in force.
    @available(*, noasync)
    func withRebuildLock<R>(_ body: () throws -> R) throws -> R {
        try folder.make()
        let lock = try FileLock(path: folder.path + "/rebuild.lock")
        try lock.lockWhileHolderRuns()
        defer { lock.unlock() }
        return try body()
    }

    /// Makes the empty directory of a new generation, and returns its number. The caller has the rebuild lock; the leftovers of an
    /// interrupted rebuild are removed. `old` is the generation in force, or `nil` where it cannot be read.
    func makeNext(after old: ViewGeneration?) throws -> UInt64 {
        let number: UInt64
        if let old {
            number = old.number + 1
            for leftover in folder.numbers() where leftover != old.number { folder.remove(String(leftover)) }
        } else {
            // The number is not the one that a damaged generation may name as its successor: other processes would open it while it is
            // being filled.
            number = (folder.numbers().last ?? 0) + 2
        }
        try folder.make(String(number))
        return number
    }

    /// Puts a new generation in force, and removes all others. The caller has the rebuild lock. `old` is the generation in force, or
    /// `nil` where it cannot be read; the new one then replaces it by removing it, without a mark. `complete` brings the new one to the
    /// head of the log, durably, leaves it closed, and returns the position that it has reached; this method returns the same position.
    /// `complete` may run twice.
    @available(*, noasync)
    func replace(_ old: ViewGeneration?, by number: UInt64, complete: () throws -> UInt64) throws -> UInt64 {
        let reached = try opened.withLock { opened in
            let reached = try old.map { try mark($0, supersededBy: number, complete) } ?? complete()
            // The mutex is still locked: other threads would find the mark and open the new generation too, which only one may.
            opened = try ViewGeneration(folder: folder.path, number: number)
            return reached
        }
        // The highest is removed first: a process that opens the lowest one left finds a mark in it, or cannot read it, until that is
        // removed too.
        for other in folder.numbers().reversed() where other != number { folder.remove(String(other)) }
        return reached
    }

    @available(*, noasync)
    private func mark(_ old: ViewGeneration, supersededBy number: UInt64, _ complete: () throws -> UInt64) throws -> UInt64 {
        do {
            return try old.environment.write { transaction in
                // No process can catch up the old one now, so the new one is never behind it.
                let reached = try complete()
                // The mark must not survive a power cut that the directory does not.
                try folder.sync(String(number))
                try old.supersede(by: number, &transaction)
                return reached
            }
        } catch let error as StorageError where Self.isDamage(error) {
            return try complete()
        }
    }
}
