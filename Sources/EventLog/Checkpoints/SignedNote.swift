internal import Bytes
internal import KeyEvents

/// A text with signatures under it (C2SP signed-note, https://c2sp.org/signed-note):
///
///     text, whose last line ends like the others
///
///     — name base64(key id (4 bytes, big-endian) ‖ signature)
///
/// The signatures are over the text including the end of its last line, and without the empty line.
public struct SignedNote: Equatable, Sendable {
    /// A signature under a note.
    public struct Signature: Equatable, Sendable {
        /// The name of the key.
        public let name: String
        /// The key id.
        public let keyID: UInt32
        /// The bytes of the signature.
        public let bytes: [UInt8]

        /// Creates a signature from its parts, each of which is described at its property.
        public init(name: String, keyID: UInt32, bytes: [UInt8]) {
            self.name = name
            self.keyID = keyID
            self.bytes = bytes
        }

        /// The line of the signature, without its end.
        public var line: String { "\u{2014} \(name) \(Base64.encode(keyID.bigEndianBytes + bytes))" }

        /// Reads a line; `nil` for a text that is not the line of a signature.
        public init?(line: some StringProtocol) {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "\u{2014}", Self.isName(parts[1]), let bytes = Base64.decode(parts[2]), bytes.count > 4
            else { return nil }
            self.init(name: String(parts[1]), keyID: bytes.span.bigEndian(as: UInt32.self), bytes: Array(bytes.dropFirst(4)))
        }

        /// Returns whether a text can be the name of a key: it is not empty and has neither blanks nor plus signs.
        public static func isName(_ name: some StringProtocol) -> Bool {
            !name.isEmpty && !name.contains { $0 == "+" || $0.isWhitespace || $0.isNewline }
        }
    }

    /// The maximum length of a note in bytes.
    public static let maxBytes = 1 << 19
    /// The maximum number of signatures under a note.
    public static let maxSignatures = 100

    /// The text that is signed.
    public let text: String
    /// The signatures under the text.
    public var signatures: [Signature]

    /// Creates a note from its parts.
    public init(text: String, signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }

    /// Reads a signed note; `nil` for any other text.
    public init?(_ note: some StringProtocol) {
        let scalars = Array(note.unicodeScalars)
        guard note.utf8.count <= Self.maxBytes, scalars.last == "\n",
            scalars.allSatisfy({ $0 == "\n" || ($0.value >= 0x20 && $0.value != 0x7F) })
        else { return nil }
        // The last empty line separates the text from the signatures.
        guard let gap = scalars.indices.dropLast().last(where: { scalars[$0] == "\n" && scalars[$0 + 1] == "\n" }) else { return nil }
        func string(_ range: Range<Int>) -> String { String(String.UnicodeScalarView(scalars[range])) }
        guard let signatures = Self.signatures(lines: string(gap + 2..<scalars.count)) else { return nil }
        self.init(text: string(0..<gap + 1), signatures: signatures)
    }

    /// Reads lines of signatures without the text that they are over, as a witness returns them (C2SP tlog-witness,
    /// add-checkpoint): one or more, each with its end; `nil` for any other text.
    public static func signatures(lines text: some StringProtocol) -> [Signature]? {
        guard text.utf8.count <= maxBytes, text.hasSuffix("\n") else { return nil }
        var signatures: [Signature] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            guard let signature = Signature(line: line) else { return nil }
            signatures.append(signature)
        }
        return (1...maxSignatures).contains(signatures.count) ? signatures : nil
    }
}

extension SignedNote: CustomStringConvertible {
    /// The note as text.
    public var description: String { text + "\n" + signatures.map { $0.line + "\n" }.joined() }
}
