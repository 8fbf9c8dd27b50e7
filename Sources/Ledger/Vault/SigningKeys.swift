internal import Bytes
internal import EventLog
internal import KeyEvents

/// The keys that sign checkpoints of the log, in the vault: the first one in `log-signing-key`, and each of its successors in
/// `log-signing-key-<16 hexadecimal digits>`, as in its origin (`LogOrigin`):
///
///     keyledger log signing key 1
///     <64 hexadecimal digits: Ed25519 seed>
struct SigningKeys: Sendable {
    private static let title = "keyledger log signing key 1"
    /// The prefix of the names of these files. No account's data key has such a name: those end in `DataKeys.suffix`.
    static let prefix = "log-signing-key"

    private let folder: VaultFolder
    private let randomness: Randomness

    init(_ folder: VaultFolder, _ randomness: Randomness) {
        self.folder = folder
        self.randomness = randomness
    }

    /// Returns the path of the file of the key that signs under `origin`.
    func file(_ origin: LogOrigin) -> String { folder.file(Self.name(origin)) }

    private static func name(_ origin: LogOrigin) -> String { prefix + (origin.key.map { "-\($0.hex)" } ?? "") }

    /// Returns the seed in `file`, a path that `file(_:)` has returned; `nil` where there is no such file. The file is durable on
    /// return, whichever process has just made it, since a signature must not survive a power cut that its key does not. Throws where
    /// the file cannot be read or is damaged: the key is not lost then.
    func seed(in file: String) throws -> [UInt8]? {
        guard let lines = try folder.bytes(of: file).map(VaultFolder.lines) else { return nil }
        guard lines.count == 2, lines[0] == Self.title, let seed = VaultFolder.bytes32(hex: lines[1]) else {
            throw LedgerError.vault(
                path: file,
                problem:
                    "the file is not a signing key; restore it from a backup. If there is none, move it away and run: keyledger log key --new"
            )
        }
        try folder.settle()
        return seed
    }

    /// Makes the key that the log begins with, and returns its seed. The file is durable on return. Where several processes make one,
    /// the key of the first is valid.
    func makeSeed(for origin: LogOrigin) throws -> [UInt8] {
        try make(origin, randomness.bytes(32))
        let file = file(origin)
        guard let seed = try seed(in: file) else { throw folder.systemError(file) }
        return seed
    }

    /// Makes a key that is to succeed another, in its own file, which is durable on return.
    func makeSuccessor(in logID: Bytes16) throws -> (origin: LogOrigin, seed: [UInt8]) {
        let seed = randomness.bytes(32)
        guard let key = NoteSigner(name: "key", seed: seed) else { throw folder.systemError(folder.path) }
        let origin = LogOrigin(logID, publicKey: key.verifier.publicKey)
        try make(origin, seed)
        return (origin, seed)
    }

    private func make(_ origin: LogOrigin, _ seed: [UInt8]) throws {
        try folder.make(Self.name(origin), lines: [Self.title, Digest32(seed)?.hex ?? ""])
    }
}
