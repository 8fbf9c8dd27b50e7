public import Bytes
public import EventLog
internal import Foundation
internal import Glibc
internal import KeyEvents

/// Verifies a bundle without its ledger: the signatures, the tree or the proofs, and the records.
public struct BundleVerification {
    /// The result of a verification.
    public struct Outcome: Sendable {
        /// The first line of the bundle.
        public let header: BundleHeader
        /// How many records the bundle holds.
        public let records: UInt64
        /// The checkpoints as they are in the bundle, with their cosignatures.
        public let checkpoints: [SignedNote]
        /// The faults of the bundle; empty where it has none.
        public let findings: [Finding]
        /// The faults among `findings` that only say that a trusted checkpoint covers a part of an older log that this log left behind at a
        /// fork.
        public let leftBehind: [Finding]
        /// The verifier key of each origin that the log had, as far as it is known.
        public let verifiers: [LogOrigin: NoteVerifier]
        /// Remarks, in sentences, about what is not wrong and should be known.
        public let notes: [String]
    }

    /// The key that verifies the signatures; on the bundle of another ledger none verifies.
    private let verifier: NoteVerifier?
    /// The trusted checkpoints, kept elsewhere, which the bundle must agree with.
    private let trustedCheckpoints: [Checkpoint]

    /// Prepares a verification.
    ///
    /// - Parameters:
    ///   - verifier: the verifier key that was obtained from the ledger earlier. With `nil` the key that the bundle itself names is
    ///     used, so that a forged bundle is accepted too.
    ///   - trustedCheckpoints: the trusted checkpoints, kept elsewhere, which the bundle must agree with.
    public init(verifier: NoteVerifier?, trustedCheckpoints: [Checkpoint] = []) {
        self.verifier = verifier
        self.trustedCheckpoints = trustedCheckpoints
    }

    /// Reads the first line of a file, which is not verified yet.
    static func header(of file: String) throws -> BundleHeader {
        let handle = try open(file)
        defer { try? handle.close() }
        var reader = BundleReader(handle)
        guard case .header(let header)? = try reader.next() else { throw BundleError.notABundle }
        return header
    }

    /// Opens the file of a bundle. A bundle is read from its beginning more than once, which a pipe does not allow.
    private static func open(_ file: String) throws(BundleFileMissing) -> FileHandle {
        // Opening a named pipe would wait for somebody who writes to it.
        let descriptor = unsafe Glibc.open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw BundleFileMissing(path: file) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw BundleFileMissing(path: file, isFile: false)
        }
        return handle
    }

    /// Verifies a bundle.
    ///
    /// - Parameters:
    ///   - file: the path of the bundle.
    ///   - prepare: called with the first line before any record is read.
    ///   - record: called with every record in order: its position, its bytes and its leaf hash.
    /// - Returns: what the verification found.
    /// - Throws: `BundleFileMissing` where the file cannot be opened, `BundleError` where it cannot be read to its end; what `prepare`
    ///   and `record` throw.
    public func run(
        file: String, header prepare: (BundleHeader) throws -> Void = { _ in },
        record: (_ position: UInt64, _ record: [UInt8], _ leaf: Digest32) throws -> Void = { _, _, _ in }
    ) throws -> Outcome {
        let handle = try Self.open(file)
        defer { try? handle.close() }
        var reader = BundleReader(handle)
        guard case .header(let header)? = try reader.next() else { throw BundleError.notABundle }
        try prepare(header)
        var fold = BundleVerifier(header, verifier: verifier, trustedCheckpoints: trustedCheckpoints)
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

/// The file of a bundle cannot be opened, or is none.
public struct BundleFileMissing: Error, CustomStringConvertible {
    /// The path of the file.
    public let path: String
    /// Whether it cannot be opened; false for a pipe, a folder or a device.
    var isFile = true

    /// The sentence for the person who named the file.
    public var description: String {
        isFile
            ? "\(path) cannot be read."
            : "\(path) is no regular file: a bundle is read from its beginning more than once. Save it to a file, and name that."
    }
}
