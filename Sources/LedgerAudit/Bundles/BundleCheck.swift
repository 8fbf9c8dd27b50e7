public import Bytes
public import EventLog
internal import Foundation
internal import KeyEvents

/// Checks a bundle without its ledger: signatures, tree or proofs, and what the records say.
public struct BundleCheck {
    public struct Outcome: Sendable {
        public let header: BundleHeader
        public let records: UInt64
        /// As they stand in the bundle, with their cosignatures.
        public let checkpoints: [SignedNote]
        public let findings: [LogScan.Finding]
        /// Those of them that say no more than that a checkpoint held is of a part of an older log that this one left behind.
        public let leftBehind: [LogScan.Finding]
        /// What checks the signatures of each origin that the log had, as far as it is known.
        public let verifiers: [LogOrigin: NoteVerifier]
        /// What is as it may be, and should be known.
        public let notes: [String]
    }

    /// Checks the signatures; of another ledger, none of them fits.
    private let verifier: NoteVerifier?
    /// Checkpoints that somebody holds elsewhere, which the bundle must agree with.
    private let held: [Checkpoint]

    /// `verifier`: as it was got from the ledger earlier; `nil`: the key that the bundle itself names is taken, and then a bundle that
    /// somebody made up passes too.
    public init(verifier: NoteVerifier?, held: [Checkpoint] = []) {
        self.verifier = verifier
        self.held = held
    }

    /// The first line of the file alone, which nothing has been held against yet.
    static func header(of file: String) throws -> BundleHeader {
        guard let handle = FileHandle(forReadingAtPath: file) else { throw BundleFileMissing(path: file) }
        defer { try? handle.close() }
        var reader = BundleReader(handle)
        guard case .header(let header)? = try reader.next() else { throw BundleError.notABundle }
        return header
    }

    /// `record` is handed every record in order. Throws `BundleError` for a file that cannot be read to its end, and what `record` throws.
    public func run(
        file: String, header prepare: (BundleHeader) throws -> Void = { _ in },
        record: (_ position: UInt64, _ record: [UInt8], _ leaf: Digest32) throws -> Void = { _, _, _ in }
    ) throws -> Outcome {
        guard let handle = FileHandle(forReadingAtPath: file) else { throw BundleFileMissing(path: file) }
        defer { try? handle.close() }
        var reader = BundleReader(handle)
        guard case .header(let header)? = try reader.next() else { throw BundleError.notABundle }
        try prepare(header)
        var fold = BundleFold(header, verifier: verifier, held: held)
        while let line = try reader.next() {
            switch line {
            case .header: throw BundleError.notABundle
            case .checkpoint(let note, let consistency): fold.add(note, consistency)
            case .record(let position, let bytes, let proof):
                let leaf = MerkleHash.leaf(bytes.span)
                fold.add(bytes, leaf, at: position, proof)
                try record(position, bytes, leaf)
            case .end: break
            }
        }
        return fold.finish()
    }
}

/// There is no file to read.
public struct BundleFileMissing: Error, CustomStringConvertible {
    public let path: String

    public var description: String { "\(path) cannot be read." }
}
