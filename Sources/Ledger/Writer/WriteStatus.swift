internal import Storage
internal import Synchronization

/// Whether uses can be recorded at the moment, as the last attempt to write has shown.
final class WriteStatus: Sendable {
    /// The room that must be there before uses are written: for their records, and as much again for the tables around them.
    private static let batchRoom = 2 * BatchLimits.maxBytes

    private let environment: Environment
    private let lockWatch: LockWatch
    private let failure = Mutex<WriteFailure?>(nil)

    init(_ environment: Environment) {
        self.environment = environment
        lockWatch = LockWatch(environment)
        // On a disk that is full from the start not even the first use is accepted unrecorded.
        if !hasRoom { failure.withLock { $0 = .noRoom } }
    }

    var hasRoom: Bool { environment.ensureRoom(LedgerWriter.reserve + Self.batchRoom) }

    var storageFull: LedgerError { .storageFull(path: environment.path) }

    /// The error that uses would meet which are presented now; `nil` where they can be recorded.
    var problem: LedgerError? {
        failure.withLock { failure in
            switch failure {
            case nil: nil
            case .noRoom: storageFull
            case .failed(let error): error
            }
        }
    }

    /// `problem`, where it is that another process keeps the lock.
    var lockProblem: LedgerError? {
        guard case .lockHeld? = problem else { return nil }
        return problem
    }

    /// A turn was written. `hasUses`: with uses in it. `isFull`: with the room that there was for lifecycle commands alone.
    func wrote(hasUses: Bool, isFull: Bool) {
        if hasUses {
            failure.withLock { $0 = nil }
        } else if isFull {
            failure.withLock { $0 = .noRoom }
        } else if lockProblem != nil {
            failure.withLock { $0 = nil }
        }
    }

    /// A turn failed. Returns the error that its callers are told.
    func failed(_ error: any Error, hasUses: Bool) -> any Error {
        let isOfRoom = isOfRoom(error)
        let isOfLock = if case LedgerError.lockHeld = error { true } else { false }
        if isOfLock || hasUses {
            // Room that was missing before the attempt can be looked for; what the storage itself refused only a probe can show.
            let isSeenBefore = (error as? StorageError) == nil
            let problem = isOfRoom ? storageFull : isOfLock ? error as? LedgerError : nil
            failure.withLock { $0 = isOfRoom && isSeenBefore ? .noRoom : .failed(problem ?? .cannotRecord(problem: "\(error)")) }
        }
        return isOfRoom ? storageFull : error
    }

    /// Whether an error says that there is no room.
    func isOfRoom(_ error: any Error) -> Bool {
        if case LedgerError.storageFull = error { return true }
        return (error as? StorageError) == .noSpace || (error as? StorageError) == .mapFull
    }

    /// Looks whether the cause of a failure has gone, and whether another process keeps the lock while nothing is written here. Returns
    /// true where only an attempt to write can show it.
    func needsProbe() -> Bool {
        failure.withLock { failure in
            switch failure {
            case nil:
                guard let holder = lockWatch.suspect else { return false }
                // A process that is stopped lets go of nothing: that is known without waiting for it.
                if holder.isStopped {
                    let problem = StorageError.lockHeld(path: environment.path, by: holder)
                    failure = .failed(.lockHeld(problem: "\(problem)"))
                }
                return true
            case .noRoom:
                if hasRoom { failure = nil }
                return false
            case .failed:
                return true
            }
        }
    }
}
