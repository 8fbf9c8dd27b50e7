internal import Storage
internal import Synchronization

/// Whether uses can be recorded for now, as the last attempt to write has shown.
final class WriteStatus: Sendable {
    /// The room that is required before uses are written: enough for their records, and as much again for the tables around them.
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

    /// Whether there is room for commands that give something, beyond the half of the reserve that is for ending keys.
    var hasRoomForCommands: Bool { environment.ensureRoom(LedgerWriter.reserve / 2) }

    var storageFull: LedgerError { .storageFull(path: environment.path) }

    /// The error with which a use would fail that is presented now; `nil` where uses can be recorded.
    var problem: LedgerError? {
        failure.withLock { failure in
            switch failure {
            case nil: nil
            case .noRoom: storageFull
            case .failed(let error): error
            }
        }
    }

    /// The value of `problem` where the cause is that another process has the lock of writers; `nil` otherwise.
    var lockProblem: LedgerError? {
        guard case .lockHeld? = problem else { return nil }
        return problem
    }

    /// Notes that a batch was written. `hasUses` is whether uses were in it, `isFull` whether there was only room for lifecycle
    /// commands.
    func wrote(hasUses: Bool, isFull: Bool) {
        if hasUses {
            failure.withLock { $0 = nil }
        } else if isFull {
            failure.withLock { $0 = .noRoom }
        } else if lockProblem != nil {
            failure.withLock { $0 = nil }
        }
    }

    /// Notes that a batch failed. Returns the error that the callers of its jobs receive.
    func failed(_ error: any Error, hasUses: Bool) -> any Error {
        let isOfRoom = isOfRoom(error)
        let isOfLock = if case LedgerError.lockHeld = error { true } else { false }
        if isOfLock || hasUses {
            // Room that was missing before the attempt can be measured again; after a failure of the storage itself only a probe shows
            // whether it works.
            let isSeenBefore = (error as? StorageError) == nil
            let problem = isOfRoom ? storageFull : isOfLock ? error as? LedgerError : nil
            failure.withLock { $0 = isOfRoom && isSeenBefore ? .noRoom : .failed(problem ?? .cannotRecord(problem: "\(error)")) }
        }
        return isOfRoom ? storageFull : error
    }

    /// Returns whether an error says that there is no room.
    func isOfRoom(_ error: any Error) -> Bool {
        if case LedgerError.storageFull = error { return true }
        return (error as? StorageError) == .noSpace || (error as? StorageError) == .mapFull
    }

    /// Checks whether the cause of a failure has gone, and whether another process keeps the lock of writers while nothing is written
    /// here. Returns true where only an attempt to write can show it.
    func needsProbe() -> Bool {
        failure.withLock { failure in
            switch failure {
            case nil:
                guard let holder = lockWatch.suspect else { return false }
                // A stopped process does not release the lock, so there is no need to wait for it.
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
