internal import EventLog
internal import Storage

extension Ledger {
    /// Holds the log against what was signed of it. Of an older copy, or another log, nothing is validated: keys that were revoked since
    /// would be let in.
    func holdAgainstCheckpoints() {
        do {
            try signing.holdAgainstCheckpoints { options.report("\($0). Look closer with: keyledger audit verify") }
            standing.suspend(nil)
        } catch let error as LedgerError {
            options.report("\(error)")
            standing.suspend(error)
        } catch {
            // Not knowing whether this is the newest copy is no ground to let anybody in.
            let problem = LedgerError.notAsSigned(path: folder.path, problem: "it could not be held against its checkpoints: \(error)")
            options.report("\(problem)")
            standing.suspend(problem)
        }
    }

    /// Signs where nobody waits for it; what is wrong is told once.
    func signOnSchedule(until deadline: Deadline = .lockWait) {
        var words: String?
        do { _ = try signing.sign(until: deadline) } catch {
            words = "No checkpoint could be signed: \(error)"
            if let error = error as? LedgerError, LogStanding.isSuspension(error) { standing.suspend(error) }
        }
        if signing.isNews(words), let words { options.report(words) }
    }
}
