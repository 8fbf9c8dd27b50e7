internal import Bytes
public import EventLog
internal import KeyEvents
public import Ledger
internal import Projections
internal import Storage

extension Bundles {
    /// Forks the log: gives it a new id and origin under which it continues the records that it has. This is for an operator who has
    /// restored an older copy. Keys that ended by a `newer` copy of the log end here too. Every other process that has the ledger open
    /// has to open it again.
    ///
    /// A fork that was carried out, and after which nothing happened, is not repeated: the caller may not have seen its result.
    ///
    /// - Parameters:
    ///   - bundle: the path of a whole bundle with the newer copy; `nil` where there is none.
    ///   - verifier: the key that verifies the bundle; `nil` for the key that this ledger knows.
    ///   - caller: who forks the log.
    /// - Returns: what the fork did.
    /// - Throws: `ForkRefusal` where the bundle cannot be used, and nothing was changed then; `ImportRefusal.notWhole` for a bundle of
    ///   a part; `BundleError` and `BundleFileMissing` for a file that cannot be read; the errors of reading and appending to the log.
    public func fork(
        newer bundle: String? = nil, verifier: NoteVerifier? = nil, by caller: Caller = .commandLine
    ) async throws -> ForkReport {
        if let done = try forkJustDone(newer: bundle, verifier: verifier) { return done }
        // The bundle must be signed by the key of this ledger, where its verifier key is at hand.
        let end = try ledger.environment.read { try ledger.reader.next($0) }
        let known = try bundle.map {
            try NewerCopy(
                file: $0, than: ledger.reader, upTo: end, of: ledger.signing.logID, verifier: verifier ?? ledger.log.knownVerifier())
        }
        return try await ledger.log.fork(knowing: known, by: caller)
    }

    /// The report of the fork at the end of the log. It is `nil` where the log does not end with a fork and what it ended, where the
    /// log is an older copy, and where the newer copy is of another log or knows of further ends.
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

/// The state of each key, the erasures and the account rules at the end of a whole bundle.
extension NewerCopy {
    /// Reads and verifies the bundle. `reader` reads the log that the copy must be newer than. Both must hold the same records up to
    /// the position `size` of this log, except for records that were appended here since it was restored and only end keys.
    fileprivate init(file: String, than reader: LogReader, upTo size: UInt64, of logID: Bytes16, verifier: NoteVerifier?) throws {
        var states: [KeyID: KeyState] = [:]
        var erasures: [(account: AccountID, erasure: AccountErasure)] = []
        var rules: [AccountID: AccountRules] = [:]
        var common: UInt64 = 0
        var isCommon = true
        let outcome = try BundleVerification(verifier: verifier).run(file: file) { header in
            guard header.kind == .whole else { throw ImportRefusal.notWhole }
            // The key of the bundle's log may have been changed since, and the origin with it.
            guard header.logID == logID else {
                throw try reader.lineage().contains(header.logID)
                    ? ForkRefusal.forkedBefore(header.origin) : ForkRefusal.logMismatch(header.origin)
            }
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
