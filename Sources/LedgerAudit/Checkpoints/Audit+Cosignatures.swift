public import EventLog
public import KeyEvents
internal import Ledger
internal import Storage

/// What witnesses put under checkpoints (C2SP tlog-cosignature, tlog-witness).
extension Audit {
    /// A witness's clock may be ahead of this one by so much, in seconds.
    public static let cosignatureLeeway: Int64 = 300
    /// How many checkpoints, from the newest on, are tried for lines that come without theirs.
    private static let mostTried = 1000

    /// Keeps what known witnesses put under a checkpoint that was signed here. Lines of keys that are not known are passed over (C2SP
    /// signed-note); one of a known key that does not fit, or is dated in the future, refuses them all.
    ///
    /// `text`: the cosigned checkpoint, or the lines alone, as a witness answers them. `size`: of the checkpoint that lines alone are of;
    /// `nil`: the newest one that they fit.
    public func addCosignatures(_ text: String, size: UInt64? = nil) throws -> CosignatureReport {
        if let note = SignedNote(text) { return try addCosignatures(from: note) }
        guard let lines = SignedNote.signatures(lines: text) else { throw CosignatureRefusal.unreadable }
        let known = try knownLines(lines)
        let sizes = try size.map { [$0] } ?? Array(ledger.log.checkpoints.sizes().suffix(Self.mostTried).reversed())
        for size in sizes {
            guard let own = try ledger.log.checkpoints.note(size) else { throw CosignatureRefusal.unknownCheckpoint }
            let fits = known.contains { line, witness in
                if case .cosigned = witness.check(SignedNote(text: own.text, signatures: [line])) { true } else { false }
            }
            // Under one that is named, what does not fit is told of below.
            if fits || sizes.count == 1 { return try addCosignatures(from: SignedNote(text: own.text, signatures: lines)) }
        }
        throw sizes.isEmpty ? CosignatureRefusal.unknownCheckpoint : .forged(known[0].witness.name)
    }

    /// As above, of a whole note.
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
            // A later one of the same witness says no more than its first.
            let isKnown = kept.contains { $0.name == line.name && $0.keyID == line.keyID }
            if !isKnown, kept.count < SignedNote.mostSignatures - 1 { kept.append(line) }
        }
        if kept.count > before { try ledger.log.checkpoints.setCosignatures(kept, of: checkpoint.size) }
        let ignored = others.filter { line in !known.contains { $0.line == line } && !signers.contains(line.name) }
        return CosignatureReport(size: checkpoint.size, added: kept.count - before, ignored: ignored.map(\.name))
    }

    /// The latest second since the Unix epoch that a witness may have signed at.
    public var latestCosignature: UInt64 { UInt64(clamping: ledger.time.now.adding(seconds: Self.cosignatureLeeway).second) }

    /// Those of witnesses that are known by name and key; there must be one.
    private func knownLines(_ lines: [SignedNote.Signature]) throws -> [(line: SignedNote.Signature, witness: NoteVerifier)] {
        let witnesses = try ledger.log.checkpoints.witnesses()
        let known = lines.compactMap { line in
            witnesses.first { $0.name == line.name && $0.keyID == line.keyID }.map { (line: line, witness: $0) }
        }
        guard !known.isEmpty else { throw CosignatureRefusal.unknownWitnesses(lines.map(\.name)) }
        return known
    }

    /// Takes cosignatures of this witness from now on. False: it is known.
    public func addWitness(_ witness: NoteVerifier) throws -> Bool {
        let lock = try ledger.log.checkpoints.lock()
        defer { lock.unlock() }
        guard try !ledger.log.checkpoints.witnesses().contains(witness) else { return false }
        guard witness.name != ledger.log.origin else { throw CosignatureRefusal.forged(witness.name) }
        try ledger.log.checkpoints.add([witness])
        return true
    }
}

/// What came of lines that were handed in.
public struct CosignatureReport: Equatable, Sendable {
    /// Of the checkpoint that they are under.
    public let size: UInt64
    /// How many were new.
    public let added: Int
    /// The names above lines of keys that are not known.
    public let ignored: [String]
}

/// Why a cosignature was not taken.
public enum CosignatureRefusal: Error, Equatable, Sendable {
    /// Neither a signed note nor lines of signatures.
    case unreadable
    /// No checkpoint with this text was signed here.
    case unknownCheckpoint
    /// None of the lines is of a known witness.
    case unknownWitnesses([String])
    case forged(String)
    /// Dated at `seconds` since the Unix epoch, later than this machine's clock and what is let pass.
    case fromTheFuture(String, seconds: UInt64, now: Timestamp)
}

extension CosignatureRefusal: CustomStringConvertible {
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
