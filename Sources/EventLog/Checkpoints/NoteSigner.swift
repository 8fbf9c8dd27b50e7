internal import Crypto
internal import KeyEvents

/// Signs notes with Ed25519 (RFC 8032) as C2SP signed-note has it: type byte 0x01.
public struct NoteSigner: Sendable {
    /// Bytes of the private key: the seed.
    public static let seedBytes = 32

    public let verifier: NoteVerifier
    private let key: Curve25519.Signing.PrivateKey

    /// `nil` unless `seed` holds 32 bytes and `name` can be one.
    public init?(name: String, seed: [UInt8]) {
        guard seed.count == Self.seedBytes, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
            let verifier = NoteVerifier(name: name, kind: .ed25519, publicKey: Array(key.publicKey.rawRepresentation))
        else { return nil }
        self.key = key
        self.verifier = verifier
    }

    /// Ed25519 over the text, 64 bytes.
    public func signature(over text: String) throws -> [UInt8] { Array(try key.signature(for: Array(text.utf8))) }

    public func sign(_ text: String) throws -> SignedNote {
        let bytes = try signature(over: text)
        return SignedNote(text: text, signatures: [.init(name: verifier.name, keyID: verifier.keyID, bytes: bytes)])
    }
}
