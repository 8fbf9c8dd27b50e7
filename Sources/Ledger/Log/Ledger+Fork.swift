public import EventLog
public import KeyEvents
internal import Projections
internal import Storage

/// What a fork did, and what it cannot know.
public struct ForkReport: Sendable {
    /// Of the log that was left.
    public let leftOrigin: String
    /// Of the log that goes on.
    public let origin: String
    /// How many records of the old log the new one continues.
    public let size: UInt64
    /// How many records the newest checkpoint at hand covers; `nil`: there is none.
    public let signedSize: UInt64?
    /// How many records the newer copy holds; `nil`: none was given.
    public let newerSize: UInt64?
    /// Keys to which something was applied that the newer copy knows: an end, a retired secret, a restriction.
    public let restricted: [KeyID]
    /// How many keys the newer copy knows that this log does not: who holds one of them is refused.
    public let unknownKeys: Int

    /// How many records were signed, or stand in the newer copy, and are in neither of what is at hand: what they ended is not known.
    public var lostRecords: UInt64 {
        let known = max(size, newerSize ?? 0)
        let signed = signedSize ?? known
        return signed - min(signed, known)
    }
}

/// Why a log was not forked.
public enum ForkRefusal: Error, Equatable, Sendable {
    /// The newer copy is of another log.
    case otherLog(String)
    /// The newer copy is not what its ledger signed.
    case notVerified(String)
    /// The copy holds nothing that this log does not, or this log has gone on otherwise.
    case notNewer(String)
    /// More keys have ended since than one transaction takes.
    case tooMuch(keys: Int)
    /// The lists of allowed addresses of so many keys cannot be read, because data keys are missing in the vault.
    case unreadableLists(keys: Int)
}

extension ForkRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherLog(let origin): "The bundle is of another log, \(origin); nothing was changed."
        case .notVerified(let what): "The bundle is not what its ledger signed (\(what)); nothing was changed."
        case .notNewer(let why): "The bundle is no newer copy of this log (\(why)); nothing was changed."
        case .tooMuch(let keys):
            "The newer copy restricts \(keys) keys, more than a fork applies at once (\(ForkJob.mostKeys)); nothing was changed. Import the newer"
                + " copy itself instead: keyledger log import"
        case .unreadableLists(let keys):
            "The newer copy has other allowed addresses of \(keys) keys, which cannot be read: the data keys of their accounts are missing in the"
                + " vault; nothing was changed. Put vault/ back from a backup first."
        }
    }
}

extension Ledger {
    /// Makes the log a new one, with a new id and origin, which continues the records there are: for an operator who has restored an older
    /// copy. What had ended by a `newer` copy of the log, a whole bundle, ends here too. Whoever has the ledger open has to open it again.
    ///
    /// One that was carried out, and after which nothing has happened, is not carried out again: whoever asks may not have seen its answer.
    public func fork(
        newer bundle: String? = nil, verifier: NoteVerifier? = nil, by caller: Caller = .commandLine
    ) async throws -> ForkReport {
        if let done = try forkJustDone(newer: bundle, verifier: verifier) { return done }
        // Where this ledger's key is at hand, nothing is believed that it has not signed.
        let end = try environment.read { try reader.next($0) }
        let known = try bundle.map {
            try NewerCopy(file: $0, than: reader, upTo: end, of: signing.logID, verifier: verifier ?? knownVerifier())
        }
        let (left, note) = (origin, try newestReadableCheckpoint())
        // What was left behind stays left behind: a copy of it that is put back is told by them.
        let abandoned = try folder.forks().filter { $0 != signing.logID }
        let logID = options.randomness.logID()
        let result = try await withCheckedThrowingContinuation { continuation in
            writer.enqueue(
                ForkJob(
                    to: logID, leaving: note?.signedByLog ?? "", abandoning: abandoned, newer: known?.states ?? [:],
                    erasures: known?.erasures ?? [], rules: known?.rules ?? [:], by: caller, vault: vault, reader: reader, continuation))
        }
        finishErasures()
        // Its folder says that there is a fork, also before anything of it is signed. Interrupted here, it is made when the ledger is opened.
        try Folder.make(folder.checkpoints(of: logID, isFork: true).path)
        let here = try known?.states.keys.filter { try key($0) == nil }.count ?? 0
        return ForkReport(
            leftOrigin: left, origin: "\(LogOrigin(logID))", size: result.size,
            signedSize: note.flatMap { Checkpoint(text: $0.text)?.size }, newerSize: known?.size, restricted: result.restricted,
            unknownKeys: here)
    }

    /// What the fork at the end of the log did; `nil` where the log does not end with one and what it ended, where it is an older copy, and
    /// where the newer copy is of another log or knows more to have ended.
    private func forkJustDone(newer bundle: String?, verifier: NoteVerifier?) throws -> ForkReport? {
        guard standing.problem == nil, let last = try lastPosition() else { return nil }
        var restricted: Set<KeyID> = []
        var position = last
        while let event = try reader.event(at: position), event.actor == ForkJob.actor, position > 0 {
            restricted.insert(event.keyID)
            position -= 1
        }
        guard case .logForked(let fork)? = try reader.event(at: position)?.body, fork.logID == signing.logID else { return nil }
        let (succession, _) = try signing.identity()
        let left = succession.steps.last { $0.position == position }?.oldOrigin ?? LogOrigin(fork.leftLogID)
        let known: NewerCopy?
        do {
            known = try bundle.map {
                try NewerCopy(
                    file: $0, than: reader, upTo: position, of: left.logID,
                    verifier: verifier ?? succession.verifiers(current: signing.knownVerifier())[left])
            }
        } catch is ForkRefusal { return nil }
        let states = try known?.states.compactMap { id, state in try key(id).map { ($0, state) } } ?? []
        guard states.allSatisfy({ restrictions(of: $0, knowing: $1, now: now).isEmpty }) else { return nil }
        return ForkReport(
            leftOrigin: "\(left)", origin: origin, size: position,
            signedSize: SignedNote(fork.leftCheckpoint).flatMap { Checkpoint(text: $0.text)?.size }, newerSize: known?.size,
            restricted: restricted.sorted(), unknownKeys: (known?.states.count ?? 0) - states.count)
    }

    /// The newest checkpoint of this log that can be read.
    private func newestReadableCheckpoint() throws -> SignedNote? {
        for size in try checkpoints.sizes().reversed() {
            if let note = try? checkpoints.note(size) { return note }
        }
        return nil
    }
}

/// What a whole bundle says of each key at its end.
private struct NewerCopy {
    let size: UInt64
    private(set) var states: [KeyID: KeyState] = [:]
    /// Data keys that it says were destroyed.
    private(set) var erasures: [(account: AccountID, erasure: AccountErasure)] = []
    /// What it says that accounts are allowed.
    private(set) var rules: [AccountID: AccountRules] = [:]

    /// `reader`: of the log that the copy must be newer than. The two must be the same up to the position `size` of this log, but for what
    /// was recorded here since it was restored, which ends keys and nothing else.
    init(file: String, than reader: LogReader, upTo size: UInt64, of logID: Bytes16, verifier: NoteVerifier?) throws {
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
        self.size = outcome.records
        self.states = states
        self.erasures = erasures
        self.rules = rules
    }
}
