public import EventLog
public import KeyEvents
internal import LMDB
internal import Projections

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
    /// More keys have ended since than one transaction takes.
    case tooMuch(keys: Int)
}

extension ForkRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .otherLog(let origin): "The bundle is of another log, \(origin); nothing was changed."
        case .notVerified(let what): "The bundle is not what its ledger signed (\(what)); nothing was changed."
        case .tooMuch(let keys):
            "The newer copy restricts \(keys) keys, more than a fork applies at once (\(ForkJob.mostKeys)); nothing was changed. Import the newer"
                + " copy itself instead: keyledger log import"
        }
    }
}

extension Ledger {
    /// Makes the log a new one, with a new id and origin, which continues the records there are: for an operator who has restored an older
    /// copy. What had ended by a `newer` copy of the log, a whole bundle, ends here too. Whoever has the ledger open has to open it again.
    public func fork(newer bundle: String? = nil, verifier: NoteVerifier? = nil) async throws -> ForkReport {
        let known = try bundle.map { try NewerCopy(file: $0, of: origin, verifier: verifier) }
        let note = try newestReadableCheckpoint()
        let logID = options.randomness.logID()
        let result = try await unsafe withUnsafeThrowingContinuation { continuation in
            writer.enqueue(
                unsafe ForkJob(to: logID, leaving: note?.signedBy(origin) ?? "", newer: known?.states ?? [:], reader: reader, continuation))
        }
        let here = try known?.states.keys.filter { try key($0) == nil }.count ?? 0
        return ForkReport(
            leftOrigin: origin, origin: LogSigning.origin(of: logID), size: result.size,
            signedSize: note.flatMap { Checkpoint(text: $0.text)?.size }, newerSize: known?.size, restricted: result.restricted,
            unknownKeys: here)
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

    init(file: String, of origin: String, verifier: NoteVerifier?) throws {
        var states: [KeyID: KeyState] = [:]
        let outcome = try BundleCheck(verifier: verifier).run(file: file) { header in
            guard header.kind == .whole else { throw ImportRefusal.notWhole }
            guard header.origin == origin else { throw ForkRefusal.otherLog(header.origin) }
        } record: { position, record, _ in
            guard let header = EventHeader(record.span), header.isLifecycle else { return }
            let event = try LogReader.decode(record.span, at: position)
            states[event.keyID] = evolve(states[event.keyID], event, at: position)
        }
        if let finding = outcome.findings.first { throw ForkRefusal.notVerified(finding.what) }
        size = outcome.records
        self.states = states
    }
}
