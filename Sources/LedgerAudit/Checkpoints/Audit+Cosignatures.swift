public import EventLog
public import KeyEvents
internal import Ledger
internal import Storage

/// The cosignatures of witnesses under checkpoints (C2SP tlog-cosignature, tlog-witness).
extension Audit {
    /// The maximum time by which a witness's clock may be ahead of this host's.
    public static let cosignatureLeeway = Duration.seconds(300)
    /// How many checkpoints, from the newest on, are tried for signature lines that come without their checkpoint.
    private static let maxAttempts = 1000

    /// Stores the cosignatures of known witnesses under a checkpoint that was signed here. Lines of unknown keys are ignored (C2SP
    /// signed-note); one line of a known key that does not verify, or is dated in the future, refuses them all.
    ///
    /// - Parameters:
    ///   - text: the cosigned checkpoint, or the signature lines alone, as a witness returns them.
    ///   - size: the size of the checkpoint that signature lines belong to, in records; `nil` for the newest one that they verify.
    /// - Returns: how many cosignatures were new, and which lines were ignored.
    /// - Throws: `CosignatureRefusal`; the errors of reading and writing the checkpoints.
    public func addCosignatures(_ text: String, size: UInt64? = nil) throws -> CosignatureReport {
        if let note = SignedNote(text) { return try addCosignatures(from: note) }
        guard let lines = SignedNote.signatures(lines: text) else { throw CosignatureRefusal.unreadable }
        let known = try knownLines(lines)
        let sizes = try size.map { [$0] } ?? Array(ledger.log.checkpoints.sizes().suffix(Self.maxAttempts).reversed())
        for size in sizes {
            guard let own = try ledger.log.checkpoints.note(size) else { throw CosignatureRefusal.unknownCheckpoint }
            let fits = known.contains { line, witness in
                if case .cosigned = witness.check(SignedNote(text: own.text, signatures: [line])) { true } else { false }
            }
            // A line that does not verify is refused below where the checkpoint is named.
            if fits || sizes.count == 1 { return try addCosignatures(from: SignedNote(text: own.text, signatures: lines)) }
        }
        throw sizes.isEmpty ? CosignatureRefusal.unknownCheckpoint : .forged(known[0].witness.name)
    }

    /// Stores the cosignatures of a whole note, as `addCosignatures(_:size:)` does.
    func addCosignatures(from note: SignedNote) throws -> CosignatureReport {
        guard let checkpoint = Checkpoint(text: note.text), let own = try ledger.log.checkpoints.note(checkpoint.size),
            PlainText.areIdentical(own.text, note.text)
        else {
            throw CosignatureRefusal.unknownCheckpoint
        }
        let signers = Set(own.signatures.map(\.name))
        let others = note.signatures.filter { $0.name != checkpoint.origin }
        let known = try knownLines(others)
        let lock = try ledger.log.checkpoints.lock()
        defer { lock.unlock() }
        var kept = try ledger.log.checkpoints.cosignatures(checkpoint.size)
        let before = kept.count
        for (line, witness) in known {
            guard case .cosigned(let seconds) = witness.check(SignedNote(text: note.text, signatures: [line])), seconds > 0 else {
                throw CosignatureRefusal.forged(line.name)
            }
            guard seconds <= latestCosignature else {
                throw CosignatureRefusal.fromTheFuture(line.name, seconds: seconds, now: ledger.time.now)
            }
            // A later cosignature of the same witness proves no more than its first one.
            let isKnown = kept.contains { $0.name == line.name && $0.keyID == line.keyID }
            if !isKnown, kept.count < SignedNote.maxSignatures - 1 { kept.append(line) }
        }
        if kept.count > before { try ledger.log.checkpoints.setCosignatures(kept, of: checkpoint.size) }
        let ignored = others.filter { line in !known.contains { $0.line == line } && !signers.contains(line.name) }
        return CosignatureReport(size: checkpoint.size, added: kept.count - before, ignored: ignored.map(\.name))
    }

    /// The latest time that a cosignature may be dated, in seconds since the Unix epoch.
    public var latestCosignature: UInt64 { UInt64(clamping: (ledger.time.now + Self.cosignatureLeeway).second) }

    /// The lines of witnesses that are known by name and key; without any the call is refused.
    private func knownLines(_ lines: [SignedNote.Signature]) throws -> [(line: SignedNote.Signature, witness: NoteVerifier)] {
        let witnesses = try ledger.log.checkpoints.witnesses()
        let known = lines.compactMap { line in
            witnesses.first { $0.name == line.name && $0.keyID == line.keyID }.map { (line: line, witness: $0) }
        }
        guard !known.isEmpty else { throw CosignatureRefusal.unknownWitnesses(lines.map(\.name)) }
        return known
    }

    /// Adds a witness whose cosignatures are stored from now on.
    ///
    /// - Parameter witness: the witness's verifier key.
    /// - Returns: whether the witness is new.
    /// - Throws: `CosignatureRefusal.forged` where the key has the name of this log; the errors of reading and writing the witnesses.
    public func addWitness(_ witness: NoteVerifier) throws -> Bool {
        let lock = try ledger.log.checkpoints.lock()
        defer { lock.unlock() }
        guard try !ledger.log.checkpoints.witnesses().contains(witness) else { return false }
        guard witness.name != ledger.log.origin else { throw CosignatureRefusal.forged(witness.name) }
        try ledger.log.checkpoints.add([witness])
        return true
    }
}

/// The result of handing in cosignatures.
public struct CosignatureReport: Equatable, Sendable {
    /// The size of the checkpoint that they belong to, in records.
    public let size: UInt64
    /// How many cosignatures were new.
    public let added: Int
    /// The key names of the lines that were ignored because their keys are unknown.
    public let ignored: [String]
}

/// Why cosignatures were refused.
public enum CosignatureRefusal: Error, Equatable, Sendable {
    /// The text is neither a signed note nor lines of signatures.
    case unreadable
    /// This ledger has signed no checkpoint with this text.
    case unknownCheckpoint
    /// No line belongs to a known witness; the key names of the lines.
    case unknownWitnesses([String])
    /// The signature does not verify; the name of its key.
    case forged(String)
    /// The cosignature of the named key is dated at `seconds` since the Unix epoch, later than this host's clock allows.
    case fromTheFuture(String, seconds: UInt64, now: Timestamp)
}

extension CosignatureRefusal: CustomStringConvertible {
    /// The sentence for the person who handed the cosignatures in.
    public var description: String {
        switch self {
        case .unreadable:
            "This is neither a signed checkpoint nor lines of signatures, as a witness answers them, each with its end; nothing was kept."
        case .unknownCheckpoint: "This ledger has signed no such checkpoint."
        case .unknownWitnesses(let names) where names.isEmpty: "There is no line of a witness here."
        case .unknownWitnesses(let names):
            "No line here is of a witness's key that is known (\(names.joined(separator: ", "))); add the key first: keyledger log witness KEY"
        case .forged(let name): "The cosignature of \(name) does not fit the checkpoint and the witness's key; nothing was kept."
        case .fromTheFuture(let name, let seconds, let now):
            "The cosignature of \(name) is dated \(Timestamp(seconds: Int64(clamping: seconds))), and this machine's clock says \(now): one of the two"
                + " is wrong; nothing was kept."
        }
    }
}
