internal import Bytes
internal import Crypto
internal import KeyEvents

/// The public half of a key that signs notes. Its text is a verifier key of C2SP signed-note: `name+hex(key id, 4
/// bytes)+base64(type byte ‖ public key)`, with key id = the first four bytes of `SHA-256(name ‖ 0x0A ‖ type byte ‖ public key)`.
public struct NoteVerifier: Equatable, Sendable {
    /// The signature types that are checked here. The raw value is the type byte.
    public enum Kind: UInt8, Sendable {
        /// A signature of the text.
        case ed25519 = 0x01
        /// A cosignature of a witness (C2SP tlog-cosignature, `cosignature/v1`), over a time and the text.
        case cosignatureV1 = 0x04
    }

    /// The name of the key.
    public let name: String
    /// The signature type.
    public let kind: Kind
    /// The key id: the first four bytes of a hash of name, type and key, big-endian.
    public let keyID: UInt32
    /// The public key, 32 bytes.
    public let publicKey: [UInt8]

    /// Creates a verifier; `nil` unless `publicKey` holds the 32 bytes of a key and `name` is a valid name.
    public init?(name: String, kind: Kind, publicKey: [UInt8]) {
        guard SignedNote.Signature.isName(name), (try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey)) != nil else {
            return nil
        }
        self.name = name
        self.kind = kind
        self.publicKey = publicKey
        keyID = Self.keyID(name, [kind.rawValue] + publicKey)
    }

    /// Returns the key id for a name and a key, which is the type byte and the public key.
    private static func keyID(_ name: String, _ key: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: Digest32(SHA256.hash(data: Array(name.utf8) + [0x0A] + key)).words.0 >> 32)
    }

    /// Reads a verifier key; `nil` for a text that is not a verifier key of a type checked here.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64.decode(parts[2]), let kind = bytes.first.flatMap({ Kind(rawValue: $0) }) else {
            return nil
        }
        self.init(name: String(parts[0]), kind: kind, publicKey: Array(bytes.dropFirst()))
        guard parts[1] == keyID.hex else { return nil }
    }

    /// Returns the name and the algorithm of a verifier key whose algorithm is not checked here, such as ML-DSA-44 (C2SP
    /// signed-note, "Signature types"); `nil` for a verifier key of a type checked here, and for a text that is none.
    public static func unknownAlgorithm(_ text: some StringProtocol) -> (name: String, algorithm: String)? {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, SignedNote.Signature.isName(parts[0]), parts[1].utf8.count == 8,
            parts[1].utf8.allSatisfy(\.isLowercaseHexDigit),
            let bytes = Base64.decode(parts[2]), bytes.count > 1, Kind(rawValue: bytes[0]) == nil
        else { return nil }
        // The key ids of ECDSA keys, and of keys without an assigned type, are computed differently.
        guard parts[1] == keyID(String(parts[0]), bytes).hex || bytes[0] == 0x02 || bytes[0] == 0xFF else { return nil }
        let algorithms: [UInt8: String] = [0x02: "ECDSA", 0x05: "RFC 6962 TreeHeadSignature", 0x06: "ML-DSA-44"]
        return (String(parts[0]), algorithms[bytes[0]] ?? "type 0x" + String(bytes[0], radix: 16))
    }

    /// What a check of a note finds about one key.
    public enum Finding: Equatable, Sendable {
        /// The note has a valid signature of the key.
        case signed
        /// The note has a valid cosignature of a witness, made at this second since the Unix epoch.
        case cosigned(at: UInt64)
        /// The note has no signature that claims to be of this key.
        case notSigned
        /// The note has a signature that claims to be of this key and is not valid.
        case forged
    }

    /// Returns what the signatures under a note say about this key.
    public func check(_ note: SignedNote) -> Finding {
        let own = note.signatures.filter { $0.name == name && $0.keyID == keyID }
        guard let signature = own.first else { return .notSigned }
        return own.count == 1 ? check(signature, of: note.text) : .forged
    }

    private func check(_ signature: SignedNote.Signature, of text: String) -> Finding {
        switch kind {
        case .ed25519:
            return isSignature(signature.bytes, of: text) ? .signed : .forged
        case .cosignatureV1:
            guard signature.bytes.count == 8 + 64 else { return .forged }
            let time = signature.bytes.span.bigEndian()
            return isSignature(Array(signature.bytes.dropFirst(8)), of: "cosignature/v1\ntime \(time)\n" + text)
                ? .cosigned(at: time) : .forged
        }
    }

    /// Returns the same key under the name that another log has in its checkpoints.
    public func named(_ origin: LogOrigin) -> NoteVerifier? { NoteVerifier(name: "\(origin)", kind: kind, publicKey: publicKey) }

    /// Returns whether an Ed25519 signature is a valid one of this text.
    func hasSigned(_ text: String, _ signature: [UInt8]) -> Bool { kind == .ed25519 && isSignature(signature, of: text) }

    private func isSignature(_ signature: [UInt8], of text: String) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(signature, for: Array(text.utf8))
    }
}

extension NoteVerifier: CustomStringConvertible {
    /// The verifier key as text.
    public var description: String { "\(name)+\(keyID.hex)+\(Base64.encode([kind.rawValue] + publicKey))" }
}
