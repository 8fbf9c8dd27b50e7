/// A key's secret in a text that no secret belongs in: a name, a scope, a reason, an address. It is told by its value alone, so that
/// it is the same secret in whatever field it comes, on whatever surface, and whether or not the key is still in force.
///
/// - A *whole* secret has a checksum that fits (`SecretFormat`, of any prefix), wherever in the text it stands; or it is a word of
///   its own of exactly that shape, in small or capital letters, which is one that was mistyped.
/// - A *cut* secret is a word with prefix and environment and at least 20 characters of three kinds. What people name things by is
///   hardly ever as long and as mixed; random texts of machines are, now and then: within a token in base64url (JWT) more is asked.
///
/// A whole one is found too where it is percent-encoded (up to three times over), stands in base64 (RFC 4648 section 4 or 5, as
/// behind `Basic`), is written in full-width letters, has invisible characters within it, or is broken over lines.
public struct MisplacedSecret: Sendable {
    /// What may be shown of it.
    public let hint: String
    /// The secret itself, where its checksum fits.
    public let secret: Secret?

    /// The first secret in `text`; `nil` where there is none. `isWhole`: those of which less than the random part is left are not looked for. That is for what machines make
    /// up: addresses, tokens, ids. Most texts are walked once and cost no memory.
    public init?(in text: String, isWhole: Bool = false) {
        guard text.utf8.count >= Self.shortest else { return nil }
        guard let found = Self.find(text.utf8.span, isWhole: isWhole, decodings: 3) else { return nil }
        self = found
    }

    public init?(in text: Substring, isWhole: Bool = false) { self.init(in: String(text), isWhole: isWhole) }

    /// Continues a sentence that begins with the name of a field.
    public var problem: String {
        "holds a key's secret (\(hint)), which has no place there; nothing was done. A key is named by its id: key_ and 32 hexadecimal"
            + " digits."
    }

    private init(whole bytes: [UInt8]) {
        let secret = Secret(String(decoding: bytes, as: UTF8.self))
        hint = SecretFormat.hint(of: secret)
        self.secret = secret
    }

    /// `names`: prefix and environment.
    private init(names: [UInt8]) {
        hint = String(decoding: names, as: UTF8.self) + "…"
        secret = nil
    }

    // MARK: Looking

    /// Of a cut secret that is looked for, in bytes: `a_a_` and 20 more.
    private static let shortest = 4 + fewestMixed
    private static let fewestMixed = 20
    /// Of base64 that can hold a whole secret.
    private static let shortestBase64 = (4 + SecretFormat.tailCharacters) * 4 / 3
    private static let underscore = UInt8(ascii: "_")

    /// What a text has that those with secrets have.
    private struct Survey {
        var underscores = 0
        var hasPercent = false
        /// Not printable ASCII: spaces and line breaks too.
        var hasOthers = false
        var longestBase64 = 0

        init(_ bytes: Span<UInt8>) {
            var run = 0
            for index in 0..<bytes.count {
                let byte = bytes[index]
                if byte == MisplacedSecret.underscore {
                    underscores += 1
                } else if byte == UInt8(ascii: "%") {
                    hasPercent = true
                } else if !(0x21...0x7E).contains(byte) {
                    hasOthers = true
                    // The last byte of U+FF3F, the full-width underscore.
                    if byte == 0xBF { underscores += 1 }
                }
                run = MisplacedSecret.sextet(byte) == nil ? 0 : run + 1
                longestBase64 = max(longestBase64, run)
            }
        }
    }

    private static func find(_ bytes: Span<UInt8>, isWhole: Bool, decodings: Int) -> MisplacedSecret? {
        let survey = Survey(bytes)
        if survey.underscores >= 2 {
            if let found = checked(bytes) ?? word(bytes, isWhole: isWhole) { return found }
            if survey.hasOthers, let found = checked(plain(bytes).span) { return found }
        }
        if survey.hasPercent, decodings > 0, let decoded = percentDecoded(bytes),
            let found = find(decoded.span, isWhole: isWhole, decodings: decodings - 1)
        {
            return found
        }
        return survey.longestBase64 >= shortestBase64 ? inBase64(bytes) : nil
    }

    /// One whose checksum fits, whatever stands before and behind it.
    private static func checked(_ bytes: Span<UInt8>) -> MisplacedSecret? {
        var first: Int?
        for second in 0..<bytes.count where bytes[second] == underscore {
            defer { first = second }
            let end = second + 1 + SecretFormat.tailCharacters
            guard let first, end <= bytes.count, (1...16).contains(second - first - 1) else { continue }
            var start = first
            while start > 0, first - start < 16, Base62.value(bytes[start - 1]) != Base62.notADigit {
                start -= 1
                let candidate = bytes.extracting(start..<end)
                if SecretFormat.isWellFormed(candidate, prefix: nil) { return MisplacedSecret(whole: copy(candidate)) }
            }
        }
        return nil
    }

    /// A word of letters, digits and two underscores that is a secret but for its checksum, or the beginning of one.
    private static func word(_ bytes: Span<UInt8>, isWhole: Bool) -> MisplacedSecret? {
        var start = 0
        var marks: (first: Int, second: Int, count: Int) = (0, 0, 0)
        for index in 0...bytes.count {
            if index < bytes.count {
                if bytes[index] == underscore {
                    if marks.count == 0 { marks.first = index } else { marks.second = index }
                    marks.count += 1
                    continue
                }
                if Base62.value(bytes[index]) != Base62.notADigit { continue }
            }
            if marks.count == 2, isSecretLike(bytes, start, marks.first, marks.second, index, isWhole: isWhole) {
                return MisplacedSecret(names: copy(bytes.extracting(start..<marks.second + 1)))
            }
            start = index + 1
            marks.count = 0
        }
        return nil
    }

    private static func isSecretLike(
        _ bytes: Span<UInt8>, _ start: Int, _ first: Int, _ second: Int, _ end: Int, isWhole: Bool
    ) -> Bool {
        let length = end - second - 1
        guard length >= fewestMixed, (1...16).contains(first - start), (1...16).contains(second - first - 1) else { return false }
        var (capitals, small, digits) = (0, 0, 0)
        for index in second + 1..<end {
            switch Base62.value(bytes[index]) {
            case 0..<10: digits += 1
            case 10..<36: capitals += 1
            default: small += 1
            }
        }
        let hasShape = length == SecretFormat.tailCharacters && digits > 0 && capitals + small > 0
        // All of the random part is as good as the key: what is left out follows from it.
        let isRelevant = !isWhole || length >= SecretFormat.randomCharacters
        guard hasShape || (isRelevant && capitals > 0 && small > 0 && digits > 0) else { return false }
        // What follows a hyphen or a dot may be a piece of base64url, in which short names come by chance.
        let isPiece = start > 0 && (bytes[start - 1] == UInt8(ascii: "-") || bytes[start - 1] == UInt8(ascii: "."))
        func isName(_ range: Range<Int>) -> Bool {
            var name = copy(bytes.extracting(range))
            // All in capitals, or with the one that a keyboard puts at the beginning of a text.
            if small == 0 { for index in name.indices { name[index] = lowercase(name[index]) } }
            if range.lowerBound == start { name[0] = lowercase(name[0]) }
            guard KeyEnvironment.isValid(String(decoding: name, as: UTF8.self)) else { return false }
            return !isPiece || (name.count >= 3 && name.allSatisfy { $0 >= UInt8(ascii: "a") })
        }
        return isName(start..<first) && isName(first + 1..<second)
    }

    private static func lowercase(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func copy(_ bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        for index in 0..<bytes.count { copy.append(bytes[index]) }
        return copy
    }

    // MARK: Other ways to write it

    /// Without spaces, line breaks, control characters and what cannot be seen; full-width letters as ordinary ones.
    private static func plain(_ bytes: Span<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        for scalar in String(decoding: copy(bytes), as: UTF8.self).unicodeScalars {
            switch scalar.value {
            case 0x21...0x7E: plain.append(UInt8(scalar.value))
            case 0xFF01...0xFF5E: plain.append(UInt8(scalar.value - 0xFEE0))
            case ..<0x21, 0x7F...0xA0: break
            case _ where scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isWhitespace: break
            default: plain.append(0xFF)
            }
        }
        return plain
    }

    /// `nil` where nothing is encoded. What is no encoding of a byte stays.
    private static func percentDecoded(_ bytes: Span<UInt8>) -> [UInt8]? {
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = hexValue(bytes[index + 1]),
                let low = hexValue(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return decoded.count == bytes.count ? nil : decoded
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// In a run of base64, beginning at any of its characters: what stands before it may be of the same alphabet, as a slash is.
    private static func inBase64(_ bytes: Span<UInt8>) -> MisplacedSecret? {
        var start = 0
        for index in 0...bytes.count where index == bytes.count || sextet(bytes[index]) == nil {
            if index - start >= shortestBase64 {
                for shift in 0..<4 {
                    var decoded: [UInt8] = []
                    var (group, bits): (UInt32, UInt32) = (0, 0)
                    for place in start + shift..<index {
                        group = group << 6 | UInt32(sextet(bytes[place]) ?? 0)
                        bits += 6
                        guard bits >= 8 else { continue }
                        bits -= 8
                        decoded.append(UInt8(truncatingIfNeeded: group >> bits))
                    }
                    if let found = checked(decoded.span) { return found }
                }
            }
            start = index + 1
        }
        return nil
    }

    /// The six bits of a digit of base64, of either alphabet.
    private static func sextet(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
