internal import Crypto
internal import KeyEvents

/// A signer of notes with Ed25519 (RFC 8032), as C2SP signed-note specifies for type byte 0x01.
public struct NoteSigner: Sendable {
    /// The length of the private key, which is the seed, in bytes.
    public static let seedBytes = 32

    /// The public half of the key.
    public let verifier: NoteVerifier
    private let key: Curve25519.Signing.PrivateKey

    /// Creates a signer. The result is `nil` where the name or the seed is not valid.
    ///
    /// - Parameters:
    ///   - name: The name of the key, which must be a valid one.
    ///   - seed: The 32 bytes of the private key.
    public init?(name: String, seed: [UInt8]) {
        guard seed.count == Self.seedBytes, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
            let verifier = NoteVerifier(name: name, kind: .ed25519, publicKey: Array(key.publicKey.rawRepresentation))
        else { return nil }
        self.key = key
        self.verifier = verifier
    }

    /// Returns the Ed25519 signature of a text, 64 bytes.
    public func signature(over text: String) throws -> [UInt8] { Array(try key.signature(for: Array(text.utf8))) }

    /// Returns the text as a note with this key's signature.
    public func sign(_ text: String) throws -> SignedNote {
        let bytes = try signature(over: text)
        return SignedNote(text: text, signatures: [.init(name: verifier.name, keyID: verifier.keyID, bytes: bytes)])
    }
}
