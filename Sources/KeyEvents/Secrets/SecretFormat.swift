public import Bytes
internal import Crypto

/// The format of the text of a key:
///
///     lhql _ live _ 43 random characters, 6 checksum characters
///     │      │      └ base62 (0-9A-Za-z): 43 of 62 possible are 256 bits; the CRC-32 (IEEE) of all that precedes it, from the
///     │      │        prefix on, as a number of six digits, the most significant first, with leading zeros
///     │      └ environment: 1 to 16 lowercase letters or digits, the first a letter
///     └ prefix: the same rule; one per installation, so that a secret scanner needs one pattern
///
/// The checksum distinguishes a mistyped or truncated key from an unknown one without a lookup. It protects nothing: the random
/// part does.
public struct SecretFormat: Sendable {
    /// The number of random characters.
    public static let randomCharacters = 43
    static let checksumCharacters = 6
    /// The number of characters after the second underscore.
    static let tailCharacters = randomCharacters + checksumCharacters
    /// The number of characters of the random part that a hint shows.
    static let hintCharacters = 4

    /// The prefix of the keys of this installation, such as `lhql`.
    public let prefix: String

    /// Creates the format. The result is `nil` unless `prefix` is 1 to 16 lowercase letters or digits and begins with a letter.
    ///
    /// - Parameter prefix: The prefix of the keys.
    public init?(prefix: String) {
        guard KeyEnvironment.isValid(prefix) else { return nil }
        self.prefix = prefix
    }

    /// Makes a new secret.
    ///
    /// - Parameters:
    ///   - environment: The environment of the key. It must be valid for the secret to be well formed.
    ///   - random: Returns uniformly distributed bytes of a cryptographic generator. Bytes from 248 on are drawn again, since 248
    ///     is the largest multiple of 62 in a byte.
    /// - Returns: The secret, with its checksum.
    public func make(environment: String, random: () -> UInt8) -> Secret {
        var bytes = Array("\(prefix)_\(environment)_".utf8)
        for _ in 0..<Self.randomCharacters {
            var byte = random()
            while byte >= 248 { byte = random() }
            bytes.append(Base62.alphabet[Int(byte % 62)])
        }
        return Self.complete(bytes)
    }

    /// Restores the secret whose random part is known; the checksum follows from the other parts.
    ///
    /// - Parameters:
    ///   - environment: The environment of the key.
    ///   - random: The 43 characters of the random part.
    /// - Returns: `nil` unless `random` holds 43 letters and digits.
    public func secret(environment: String, random: Span<UInt8>) -> Secret? {
        guard random.count == Self.randomCharacters else { return nil }
        var bytes = Array("\(prefix)_\(environment)_".utf8)
        for index in 0..<random.count {
            guard Base62.value(random[index]) != Base62.notADigit else { return nil }
            bytes.append(random[index])
        }
        return Self.complete(bytes)
    }

    private static func complete(_ bytes: [UInt8]) -> Secret {
        let checksum = CRC32.checksum(bytes.span, 0..<bytes.count)
        return Secret(String(decoding: bytes + Base62.digits(UInt64(checksum), count: checksumCharacters), as: UTF8.self))
    }

    /// Returns the SHA-256 digest of the whole secret, as it is stored.
    ///
    /// - Parameter secret: The secret.
    /// - Returns: The digest.
    public static func digest(of secret: Secret) -> Digest32 { digest(Array(secret.reveal().utf8).span) }

    /// Returns where the random part of a secret can stand alone: the runs of letters and digits that are long enough.
    ///
    /// - Parameter bytes: Any text.
    /// - Returns: The ranges of the runs, 43 bytes long or longer.
    public static func runs(in bytes: Span<UInt8>) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        for index in 0...bytes.count where index == bytes.count || Base62.value(bytes[index]) == Base62.notADigit {
            if index - start >= randomCharacters { runs.append(start..<index) }
            start = index + 1
        }
        return runs
    }

    /// Returns a hint that may be shown of a secret: `lhql_live_…x9Zk`, with the last four characters of the random part.
    ///
    /// - Parameter secret: The secret.
    /// - Returns: Just `…` for a text of another shape.
    public static func hint(of secret: Secret) -> String { hint(of: Array(secret.reveal().utf8).span) }

    /// Returns a hint that may be shown of a secret, as for a `Secret`.
    ///
    /// - Parameter secret: The bytes of the secret.
    /// - Returns: Just `…` for a text of another shape.
    public static func hint(of secret: Span<UInt8>) -> String {
        guard secret.count > tailCharacters, hasShape(secret) else { return "…" }
        let text = unsafe secret.withUnsafeBufferPointer { unsafe Array($0) }
        let shown = text.dropLast(checksumCharacters).suffix(hintCharacters)
        return String(decoding: text.dropLast(tailCharacters), as: UTF8.self) + "…" + String(decoding: shown, as: UTF8.self)
    }

    /// Returns whether bytes can be a key: their shape, alphabet and checksum are checked. Nothing is allocated.
    ///
    /// - Parameters:
    ///   - bytes: The bytes of the text.
    ///   - prefix: The prefix that the key must have; `nil` for any.
    /// - Returns: `true` where the bytes can be a key.
    public static func isWellFormed(_ bytes: Span<UInt8>, prefix: Span<UInt8>?) -> Bool {
        if let prefix {
            guard bytes.count > prefix.count, bytes[prefix.count] == UInt8(ascii: "_") else { return false }
            for index in 0..<prefix.count where bytes[index] != prefix[index] { return false }
        }
        guard hasShape(bytes) else { return false }
        let covered = bytes.count - checksumCharacters
        var checksum: UInt64 = 0
        for index in covered..<bytes.count { checksum = checksum * 62 + UInt64(Base62.value(bytes[index])) }
        return checksum == UInt64(CRC32.checksum(bytes, 0..<covered))
    }

    /// Returns why a text is not a well-formed key. It serves messages and is too slow for every call.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - prefix: The prefix that the key must have.
    /// - Returns: `nil` where the text is a well-formed key.
    public static func diagnose(_ text: some StringProtocol, prefix: String) -> SecretProblem? {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, let last = bytes.last else { return .empty }
        if isWellFormed(bytes.span, prefix: prefix.utf8.span) { return nil }
        if bytes.allSatisfy(isSpace) { return .empty }
        if isSpace(first) || isSpace(last) { return .surroundingWhitespace }
        let quotes = Array("\"'`".utf8)
        if quotes.contains(first) || quotes.contains(last) || "“”‘’".contains(where: { text.first == $0 || text.last == $0 }) {
            return .surroundingQuotes
        }
        if ["…", "...", "*", "•"].contains(where: { contains(bytes, Array($0.utf8)) }) { return .abbreviated }
        if !text.utf8.starts(with: "\(prefix)_".utf8) { return .wrongPrefix(expected: prefix) }
        if !bytes.allSatisfy({ Base62.value($0) != Base62.notADigit || $0 == UInt8(ascii: "_") }) { return .badCharacter }
        let parts = bytes.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
        if parts.count == 2 { return .tooShort }
        guard parts.count == 3, KeyEnvironment.isValid(String(decoding: parts[1], as: UTF8.self)) else { return .wrongShape }
        if parts[2].count < tailCharacters { return .tooShort }
        if parts[2].count > tailCharacters { return .tooLong }
        return .checksumMismatch
    }

    /// Returns the SHA-256 digest of the whole secret, as it is stored. A plain hash is enough, since 256 random bits cannot be
    /// guessed.
    ///
    /// - Parameter bytes: The bytes of the secret.
    /// - Returns: The digest.
    public static func digest(_ bytes: Span<UInt8>) -> Digest32 {
        var hasher = SHA256()
        unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        return Digest32(hasher.finalize())
    }

    /// Returns whether bytes are prefix, environment and 49 base62 characters, joined by underscores.
    private static func hasShape(_ bytes: Span<UInt8>) -> Bool {
        let tail = bytes.count - tailCharacters
        guard tail >= 4, bytes[tail - 1] == UInt8(ascii: "_") else { return false }
        var separator = 0
        while bytes[separator] != UInt8(ascii: "_") { separator += 1 }
        guard isName(bytes, 0..<separator), separator + 1 < tail, isName(bytes, separator + 1..<tail - 1) else { return false }
        var values: UInt8 = 0
        for index in tail..<bytes.count { values |= Base62.value(bytes[index]) }
        return values & Base62.notADigit == 0
    }

    /// Returns whether bytes are 1 to 16 lowercase letters or digits, the first a letter.
    private static func isName(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard (1...16).contains(range.count), bytes[range.lowerBound].isASCIILowercase else { return false }
        for index in range where !bytes[index].isASCIILowercase && !bytes[index].isASCIIDigit { return false }
        return true
    }

    /// Returns whether bytes hold others. The comparison goes by bytes, since texts compare by characters, which takes long on
    /// kilobytes that a stranger may send.
    private static func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
        bytes.indices.contains { bytes[$0] == part[0] && bytes[$0...].starts(with: part) }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
