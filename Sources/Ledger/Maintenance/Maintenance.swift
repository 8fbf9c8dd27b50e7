internal import EventLog
internal import KeyEvents
internal import Projections
internal import Storage

/// What a process that serves does beside answering, and the rebuilding of state and views.
public struct Maintenance: Sendable {
    package let ledger: Ledger

    package init(_ ledger: Ledger) { self.ledger = ledger }
}

extension Ledger {
    /// The work beside answering, and the rebuilding of state and views.
    public var maintenance: Maintenance { Maintenance(self) }
}

extension Maintenance {
    /// The maintenance of a process that serves, until its task is cancelled: records aggregated windows when they end and expiries
    /// when they are due, signs checkpoints, frees the reader slots of killed processes, removes what killed processes left in the vault, and
    /// watches the clock, the files and the data keys.
    public func run() async {
        var round = 0
        var signedAt: MonotonicInstant?
        var isClockDoubted = false
        while !Task.isCancelled {
            watchFiles()
            report(ledger.time.clockProblem, after: &isClockDoubted)
            ledger.recorder.recordExpiredWindows(at: ledger.time.now)
            // An expiry holds without its record, so the reserve is not used for it.
            if round % 4 == 0, ledger.writer.problem == nil { await sweepExpired() }
            if round % 120 == 0 { ledger.environment.clearStaleReaders() }
            if round % 240 == 0 { ledger.vault.removeLeftovers() }
            if let interval = ledger.options.checkpointInterval, signedAt.map({ ledger.time.monotonic - $0 >= interval }) ?? true {
                signedAt = ledger.time.monotonic
                await signBeside()
            }
            await lookForLostDataKeys()
            round += 1
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Reports once that the clock is in doubt, and once that it is trusted again.
    private func report(_ problem: LedgerError?, after isDoubted: inout Bool) {
        if let problem, !isDoubted { ledger.options.report("\(problem)") }
        if problem == nil, isDoubted { ledger.options.report("The clock is believed again.") }
        isDoubted = problem != nil
    }

    /// Suspends the ledger where somebody has restored a backup under a running process, by replacing the open files or by writing
    /// into them, and where the files are out of reach. Where the same files are in their place again, the ledger goes on.
    func watchFiles() {
        if ledger.environment.isReplaced { return suspend(.replaced(path: ledger.folder.path)) }
        do {
            try ledger.environment.checkSizes()
            try ledger.continuity.check(ledger.reader)
        } catch {
            if let problem = ledger.discontinuity(error) { suspend(problem) }
            return
        }
        guard ledger.standing.mayHavePassed else { return }
        ledger.holdAgainstCheckpoints()
        if ledger.standing.problem == nil { ledger.options.report("The ledger's files are in their place again; keys are validated.") }
    }

    private func suspend(_ problem: LedgerError) {
        ledger.standing.suspend(for: problem)
        guard ledger.standing.isUnreported() else { return }
        ledger.options.report("\(problem)")
        guard let head = ledger.continuity.head else { return }
        // The next process that opens what stands in the folder then knows that it is not the newest copy.
        do { try ledger.signing.sign(seen: head) } catch {
            ledger.options.report("That the log had \(head.size) records could not be signed: \(error)")
        }
    }

    /// Signs a checkpoint on a thread of its own, since signing waits for the disk and for other processes that sign.
    private func signBeside() async {
        do {
            try await WorkThread.result("ledger-signing", niceness: Lanes.niceness) { [self] in ledger.signOnSchedule() }
        } catch {
            ledger.options.report("No checkpoint could be signed: \(error)")
        }
    }

    /// Looks at the data keys of all accounts, at the start and after each change of the vault's folder, on a thread of its own.
    package func lookForLostDataKeys() async {
        guard ledger.dataKeyWatch.beginLook(at: ledger.time.monotonic, folder: ledger.vault.folderIdentity()) else { return }
        do {
            try await WorkThread.result("ledger-vault", niceness: Lanes.niceness) { [ledger] in
                let needs = try ledger.dataKeyNeeds()
                // The search for secrets in addresses needs the environments, and must not read all keys for them.
                ledger.knownEnvironments.add(needs.environments, readAt: ledger.time.monotonic)
                // What cannot be read now is told where it is needed, and is not lost.
                let lost = needs.accounts.filter { !((try? ledger.lostDataKeys(of: $0, needs)) ?? []).isEmpty }
                ledger.dataKeyWatch.replace(Set(lost))
            }
        } catch {
            ledger.options.report("Whether a data key is lost cannot be said: \(error)")
        }
    }

    func sweepExpired() async {
        guard ledger.watch.problem == nil else { return }
        do {
            let due = try ledger.environment.read { transaction in
                try StateView(ledger.stateTables, transaction).store.due(at: ledger.time.now, limit: 1000, transaction)
            }
            // All at once, so that they share commits.
            await withTaskGroup { group in
                for key in ledger.sweep.dueForRecording(due) { group.addTask { await self.recordExpiry(of: key) } }
            }
        } catch {
            if ledger.sweep.isFirstFailureToRead() { ledger.options.report("Expiries could not be recorded: \(error)") }
        }
    }

    private func recordExpiry(of key: KeyID) async {
        guard !Task.isCancelled else { return }
        do {
            try await ledger.commands.expireKey(key)
        } catch is ServiceError {
            // The key was revoked meanwhile.
        } catch {
            if ledger.sweep.isFirstFailure(of: key) { ledger.options.report("The expiry of \(key) could not be recorded: \(error)") }
        }
    }
}
