internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

extension Ledger {
    /// What a process that serves does beside answering: records aggregated windows as they end, and expiries as they ripen;
    /// signs checkpoints; frees the places of killed readers. Runs until cancelled.
    public func keepUp() async {
        var round = 0
        var signedAt: Int64?
        var isClockDoubted = false
        while !Task.isCancelled {
            watchFiles()
            report(clockProblem, after: &isClockDoubted)
            recorder.keepUp(at: now)
            // An expiry holds without its record: the reserve is not for that.
            if round % 4 == 0, writer.problem == nil { await sweepExpired() }
            if round % 120 == 0 { environment.clearStaleReaders() }
            if let seconds = options.checkpointSeconds, signedAt.map({ monotonicMicroseconds - $0 >= seconds * 1_000_000 }) ?? true {
                signedAt = monotonicMicroseconds
                await signBeside()
            }
            round += 1
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Says once that the clock is doubted, and once that it no longer is.
    private func report(_ problem: LedgerError?, after isDoubted: inout Bool) {
        if let problem, !isDoubted { options.report("\(problem)") }
        if problem == nil, isDoubted { options.report("The clock is believed again.") }
        isDoubted = problem != nil
    }

    /// Somebody may restore a backup beneath a process that serves: by moving other files to the place of those that are open, or by writing
    /// into them.
    func watchFiles() {
        if environment.isReplaced { return suspend(.replaced(path: folder.path)) }
        guard let size = try? environment.read({ try reader.next($0) }), let seen = standing.hasShrunk(to: size) else { return }
        suspend(.olderCopy(path: folder.path, size: size, signed: seen))
    }

    private func suspend(_ problem: LedgerError) {
        if standing.problem == nil { options.report("\(problem)") }
        standing.suspend(problem)
    }

    /// Signing waits for the disk, and for other processes that sign.
    private func signBeside() async {
        do {
            try await WorkThread.result("ledger-signing", niceness: Lanes.niceness) { [self] in signOnSchedule() }
        } catch {
            options.report("No checkpoint could be signed: \(error)")
        }
    }

    func sweepExpired() async {
        guard watch.problem == nil else { return }
        do {
            let due = try environment.read { transaction in
                try StateView(stateTables, transaction).store.due(at: now, limit: 1000, transaction)
            }
            // All at once, so that they share commits.
            await withTaskGroup { group in
                for key in sweep.ripe(due) { group.addTask { await self.recordExpiry(of: key) } }
            }
        } catch {
            options.report("Expiries could not be recorded: \(error)")
        }
    }

    private func recordExpiry(of key: KeyID) async {
        guard !Task.isCancelled else { return }
        do {
            try await expireKey(key)
        } catch is ServiceError {
            // Revoked since.
        } catch {
            if sweep.isFirstFailure(of: key) { options.report("The expiry of \(key) could not be recorded: \(error)") }
        }
    }
}
