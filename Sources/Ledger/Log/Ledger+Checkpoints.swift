internal import EventLog
internal import Storage

extension Ledger {
    /// The problem that an error tells of where the files are not those, or not with the contents, that this process has worked with;
    /// `nil` for any other error.
    func discontinuity(_ error: any Error) -> LedgerError? {
        switch error {
        case StorageError.overwritten, StorageError.cutShort:
            .changedByOthers(path: folder.path, problem: error as? StorageError ?? .overwritten)
        case LogError.notContinued(let size, let seen) where size < seen: .olderCopy(path: folder.path, size: size, signed: seen)
        case LogError.notContinued: .changedByOthers(path: folder.path, problem: .overwritten)
        default: nil
        }
    }

    /// Checks the log against its signed checkpoints. An older copy, or another log, is suspended: no key is validated by it, since
    /// keys that were revoked later would be accepted.
    func holdAgainstCheckpoints() {
        do {
            try signing.holdAgainstCheckpoints { options.report("\($0). Look closer with: keyledger audit verify") }
            standing.suspend(nil)
        } catch let error as LedgerError {
            if standing.suspend(error) { options.report("\(error)") }
        } catch {
            // No caller may be let in where it cannot be known whether this is the newest copy.
            let isUnreadable = error is StorageError
            let problem =
                isUnreadable
                ? LedgerError.checkpointsUnreadable(path: folder.path, problem: "\(error)")
                : .notAsSigned(path: folder.path, problem: "it could not be held against its checkpoints: \(error)")
            if standing.suspend(problem, mayPass: isUnreadable) { options.report("\(problem)") }
        }
    }

    /// Signs a checkpoint without a caller that waits for it; a failure is reported once.
    func signOnSchedule(until deadline: Deadline = .lockWait) {
        var words: String?
        var isOfCheckpoints = false
        do { _ = try signing.sign(until: deadline) } catch {
            words = "No checkpoint could be signed: \(error)"
            isOfCheckpoints = !(error is LedgerError)
            if let error = error as? LedgerError { standing.suspend(for: error) }
        }
        if signing.note(words, isOfCheckpoints: isOfCheckpoints), let words { options.report(words) }
    }
}
