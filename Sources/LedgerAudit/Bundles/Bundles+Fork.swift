public import EventLog
internal import KeyEvents
public import Ledger
internal import Projections
internal import Storage

extension Bundles {
    /// Makes the log a new one, with a new id and origin, which continues the records there are: for an operator who has restored an older
    /// copy. What had ended by a `newer` copy of the log, a whole bundle, ends here too. Whoever has the ledger open has to open it again.
    ///
    /// One that was carried out, and after which nothing has happened, is not carried out again: whoever asks may not have seen its answer.
    public func fork(
        newer bundle: String? = nil, verifier: NoteVerifier? = nil, by caller: Caller = .commandLine
    ) async throws -> ForkReport {
        if let done = try forkJustDone(newer: bundle, verifier: verifier) { return done }
        // Where this ledger's key is at hand, nothing is believed that it has not signed.
        let end = try ledger.environment.read { try ledger.reader.next($0) }
        let known = try bundle.map {
            try NewerCopy(
                file: $0, than: ledger.reader, upTo: end, of: ledger.signing.logID, verifier: verifier ?? ledger.log.knownVerifier())
        }
        return try await ledger.log.fork(knowing: known, by: caller)
    }

    /// What the fork at the end of the log did; `nil` where the log does not end with one and what it ended, where it is an older copy, and
    /// where the newer copy is of another log or knows more to have ended.
    private func forkJustDone(newer bundle: String?, verifier: NoteVerifier?) throws -> ForkReport? {
        guard let (position, fork, restricted) = try ledger.log.forkAtTheEnd() else { return nil }
        let (succession, _) = try ledger.log.identity()
        let left = succession.steps.last { $0.position == position }?.oldOrigin ?? LogOrigin(fork.leftLogID)
        let known: NewerCopy?
        do {
            known = try bundle.map {
                try NewerCopy(
                    file: $0, than: ledger.reader, upTo: position, of: left.logID,
                    verifier: verifier ?? succession.verifiers(current: ledger.log.knownVerifier())[left])
            }
        } catch is ForkRefusal { return nil }
        let states = try known?.states.compactMap { id, state in try ledger.key(id).map { ($0, state) } } ?? []
        guard states.allSatisfy({ restrictions(of: $0, knowing: $1, now: ledger.time.now).isEmpty }) else { return nil }
        return ForkReport(
            leftOrigin: "\(left)", origin: ledger.log.origin, size: position,
            signedSize: SignedNote(fork.leftCheckpoint).flatMap { Checkpoint(text: $0.text)?.size }, newerSize: known?.size,
            restricted: restricted.sorted(), unknownKeys: (known?.states.count ?? 0) - states.count)
    }
}

/// What a whole bundle says of each key at its end.
extension NewerCopy {
    /// `reader`: of the log that the copy must be newer than. The two must be the same up to the position `size` of this log, but for what
    /// was recorded here since it was restored, which ends keys and nothing else.
    fileprivate init(file: String, than reader: LogReader, upTo size: UInt64, of logID: Bytes16, verifier: NoteVerifier?) throws {
        var states: [KeyID: KeyState] = [:]
        var erasures: [(account: AccountID, erasure: AccountErasure)] = []
        var rules: [AccountID: AccountRules] = [:]
        var common: UInt64 = 0
        var isCommon = true
        let outcome = try BundleCheck(verifier: verifier).run(file: file) { header in
            guard header.kind == .whole else { throw ImportRefusal.notWhole }
            // Its key may have been changed since.
            guard header.logID == logID else { throw ForkRefusal.otherLog(header.origin) }
        } record: { position, record, leaf in
            if isCommon, position < size, try reader.environment.read({ try reader.leaf(at: position, $0) }) == leaf {
                common = position + 1
            } else {
                isCommon = false
            }
            guard let header = EventHeader(record.span), header.isLifecycle else { return }
            let event = try LogReader.decode(record.span, at: position)
            if case .accountErased(let erasure) = event.body { erasures.append((event.accountID, erasure)) }
            if case .accountChanged(let change) = event.body { rules[event.accountID] = change.rules }
            states[event.keyID] = evolve(states[event.keyID], event, at: position)
        }
        if let finding = outcome.findings.first { throw ForkRefusal.notVerified(finding.what) }
        guard outcome.records > common else { throw ForkRefusal.notNewer("it holds \(outcome.records) records, and all of them are here") }
        for position in common..<max(common, size) {
            switch try reader.event(at: position)?.body {
            case .revoked, .expired, .disabled, .secretRetired, .refused, .clockConfirmed, .accountErased: continue
            default: throw ForkRefusal.notNewer("from position \(common) on this log has other records, which do more than end keys")
            }
        }
        self.init(size: outcome.records, states: states, erasures: erasures, rules: rules)
    }
}
