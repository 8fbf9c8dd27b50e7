internal import Bytes

/// The readings of a text as an encoding of another text: the forms in which a secret stands in addresses, mails, pages, dumps
/// and programs.
///
/// | encoding | such as |
/// |---|---|
/// | percent-encoding (RFC 3986 section 2.1) | `lhql%5Flive%5F…` |
/// | character references of HTML | `lhql&#95;live&lowbar;…` |
/// | backslashes, as in JSON, C, Markdown | `lhql\u005flive\x5f…`, `lhql\_live\_…` |
/// | quoted-printable (RFC 2045 section 6.7) | `lhql=5Flive=` and the rest in the next line |
/// | base64, of either alphabet (RFC 4648 sections 4 and 5) | `Basic bGhxbF9saXZlX…` |
/// | hexadecimal, joined or in groups | `6c68716c5f…`, `6c 68 71 6c`, `6C:68:71:6C` |
/// | UTF-16 taken for bytes, and bytes taken for UTF-16 | `l\0h\0q\0l\0`, `桬汱…` |
/// | between other characters | spaces, line breaks, control characters, soft hyphens, zero-width characters; full-width letters |
enum SecretReadings {
    struct Reading {
        let bytes: [UInt8]
        /// Whether the words of the reading are words of the text. They are not where the reading was put together from parts, or
        /// decoded from something that need not be text: there a word can occur by chance.
        let isText: Bool
    }

    /// Returns the readings of `bytes` that are long enough to hold a secret.
    ///
    /// - Parameters:
    ///   - bytes: The bytes to read.
    ///   - isText: Whether the words of `bytes` are words of the text.
    ///   - room: How many bytes the readings may have together. Their length is subtracted from it.
    /// - Returns: The readings, without `bytes` itself.
    static func of(_ bytes: Span<UInt8>, isText: Bool, _ room: inout Int) -> [Reading] {
        let survey = Survey(bytes)
        var readings: [Reading] = []
        func add(_ decoded: [UInt8]?, isText: Bool = false) {
            guard let decoded, decoded.count >= minBytes, decoded.count <= room, isText || canHoldSecret(decoded) else { return }
            room -= decoded.count
            readings.append(Reading(bytes: decoded, isText: isText))
        }
        if survey.hasPercent { add(withPercents(bytes), isText: isText) }
        if survey.hasAmpersand { add(withReferences(bytes), isText: isText) }
        if survey.hasBackslash { add(withBackslashes(bytes), isText: isText) }
        if survey.hasEquals { add(quotedPrintable(bytes), isText: isText) }
        if survey.hasGaps, !survey.hasWide { add(joined(bytes)) }
        if survey.hasWide {
            let scalars = scalars(bytes)
            add(plain(scalars))
            for isBigEndian in [true, false] { add(pairs(scalars, isBigEndian: isBigEndian)) }
        }
        if survey.maxBase64 >= minBase64 {
            for shift in 0..<4 { add(base64(bytes, shift)) }
        }
        if survey.maxHex >= 2 * minBytes {
            for shift in 0..<2 { add(hex(bytes, shift)) }
        }
        return readings
    }

    /// The minimum length of a reading in bytes: that of the random part alone.
    private static let minBytes = SecretFormat.randomCharacters
    private static let minBase64 = minBytes * 4 / 3

    /// Returns whether at least as many bytes as the random part has follow each other that may belong to a secret, or to an
    /// encoding of one in ASCII or UTF-16. Bytes that were decoded from something else have no such run and are not read any
    /// further.
    private static func canHoldSecret(_ bytes: [UInt8]) -> Bool {
        var run = 0
        for byte in bytes {
            switch byte {
            case 0x20...0x7E, 0, 0x09, 0x0A, 0x0D:
                run += 1
                if run == minBytes { return true }
            default: run = 0
            }
        }
        return false
    }

    /// The properties of a text that decide which encodings are tried.
    private struct Survey {
        var hasPercent = false
        var hasAmpersand = false
        var hasBackslash = false
        var hasEquals = false
        /// Whether there are spaces, line breaks or control characters of ASCII.
        var hasGaps = false
        /// Whether there are bytes beyond ASCII.
        var hasWide = false
        /// The length of the longest run of base64 digits with small letters and capitals, which base64 of any text has, and most
        /// names and numbers do not.
        var maxBase64 = 0
        /// The maximum number of hexadecimal digits with nothing but separators between them. At least one of the two digits of
        /// an ASCII character is a decimal one.
        var maxHex = 0

        init(_ bytes: Span<UInt8>) {
            var (base64, hex, decimal) = (0, 0, 0)
            var (hasSmall, hasCapital) = (false, false)
            for index in 0..<bytes.count {
                let byte = bytes[index]
                switch byte {
                case UInt8(ascii: "%"): hasPercent = true
                case UInt8(ascii: "&"): hasAmpersand = true
                case UInt8(ascii: "\\"): hasBackslash = true
                case UInt8(ascii: "="): hasEquals = true
                case 0x21...0x7E: break
                case ..<0x80: hasGaps = true
                default: hasWide = true
                }
                if sextet(byte) != nil {
                    base64 += 1
                    hasSmall = hasSmall || byte.isASCIILowercase
                    hasCapital = hasCapital || byte.isASCIIUppercase
                    if hasSmall, hasCapital { maxBase64 = max(maxBase64, base64) }
                } else {
                    (base64, hasSmall, hasCapital) = (0, false, false)
                }
                if let digit = byte.hexDigitValue {
                    hex += 1
                    if digit < 10 { decimal += 1 }
                    if 3 * decimal >= hex { maxHex = max(maxHex, hex) }
                } else if !isHexSeparator(byte) {
                    (hex, decimal) = (0, 0)
                }
            }
        }
    }

    // MARK: Escapes

    /// Replaces the escapes in `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: The bytes with the escapes.
    ///   - mark: The character that begins an escape.
    ///   - escape: Returns the scalar that an escape at an index stands for (`nil`: none), and how many bytes the escape takes;
    ///     `nil` where no escape stands there.
    /// - Returns: `nil` where nothing is escaped.
    private static func replaced(_ bytes: Span<UInt8>, at mark: Character, _ escape: (Int) -> (scalar: UInt32?, length: Int)?) -> [UInt8]? {
        let mark = mark.asciiValue
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == mark, let (scalar, length) = escape(index) {
                if let scalar { append(scalar, to: &decoded) }
                index += length
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return decoded.count == bytes.count ? nil : decoded
    }

    /// Appends a scalar: one up to 255 as a byte, whatever it is a part of, and any other as itself in UTF-8.
    private static func append(_ scalar: UInt32, to bytes: inout [UInt8]) {
        if let byte = UInt8(exactly: scalar) {
            bytes.append(byte)
        } else {
            bytes += Unicode.Scalar(scalar).map { Array(String($0).utf8) } ?? [0xFF]
        }
    }

    private static func withPercents(_ bytes: Span<UInt8>) -> [UInt8]? {
        replaced(bytes, at: "%") { index in
            if letter(bytes, index + 1) == UInt8(ascii: "u") {
                return number(bytes, index + 2, digits: 4...4).map { ($0.value, 2 + $0.length) }
            }
            return number(bytes, index + 1, digits: 2...2).map { ($0.value, 3) }
        }
    }

    private static func quotedPrintable(_ bytes: Span<UInt8>) -> [UInt8]? {
        replaced(bytes, at: "=") { index in
            if letter(bytes, index + 1) == 0x0A { return (nil, 2) }
            if letter(bytes, index + 1) == 0x0D { return (nil, letter(bytes, index + 2) == 0x0A ? 3 : 2) }
            return number(bytes, index + 1, digits: 2...2).map { ($0.value, 3) }
        }
    }

    private static func withBackslashes(_ bytes: Span<UInt8>) -> [UInt8]? {
        replaced(bytes, at: "\\") { index in
            guard let next = letter(bytes, index + 1) else { return nil }
            switch next {
            case UInt8(ascii: "u"), UInt8(ascii: "U"), UInt8(ascii: "x"):
                if letter(bytes, index + 2) == UInt8(ascii: "{"), let (value, length) = number(bytes, index + 3, digits: 1...6),
                    letter(bytes, index + 3 + length) == UInt8(ascii: "}")
                {
                    return (value, length + 4)
                }
                let digits = next == UInt8(ascii: "x") ? 2 : next == UInt8(ascii: "u") ? 4 : 8
                return number(bytes, index + 2, digits: digits...digits).map { ($0.value, 2 + $0.length) }
            case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"): return (0x20, 2)
            // This is an octal escape, as in C.
            case UInt8(ascii: "0")...UInt8(ascii: "3"): return number(bytes, index + 1, digits: 3...3, base: 8).map { ($0.value, 4) }
            // A punctuation mark or a line break behind a backslash stands for itself.
            case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E, 0x0A, 0x0D: return (UInt32(next), 2)
            default: return nil
            }
        }
    }

    private static func withReferences(_ bytes: Span<UInt8>) -> [UInt8]? {
        replaced(bytes, at: "&") { index in
            if letter(bytes, index + 1) == UInt8(ascii: "#") {
                let isHex = letter(bytes, index + 2).map { $0 | 0x20 == UInt8(ascii: "x") } ?? false
                let start = index + (isHex ? 3 : 2)
                guard let (value, length) = number(bytes, start, digits: 1...7, base: isHex ? 16 : 10) else { return nil }
                let end = start + length
                return (value, end - index + (letter(bytes, end) == UInt8(ascii: ";") ? 1 : 0))
            }
            for (name, scalar) in references where isPart(name, bytes, index + 1) { return (scalar, 1 + name.utf8.count) }
            return nil
        }
    }

    /// The references that can stand for a character of a secret, between its characters, or before another reference.
    private static let references: [(name: String, scalar: UInt32?)] = [
        ("lowbar;", 0x5F), ("UnderBar;", 0x5F), ("amp;", 0x26), ("shy;", nil), ("nbsp;", 0x20), ("zwj;", nil), ("zwnj;", nil),
        ("ZeroWidthSpace;", nil), ("NoBreak;", nil), ("Tab;", 0x20), ("NewLine;", 0x20),
    ]

    private static func isPart(_ name: String, _ bytes: Span<UInt8>, _ start: Int) -> Bool {
        guard start + name.utf8.count <= bytes.count else { return false }
        for (offset, byte) in name.utf8.enumerated() where bytes[start + offset] != byte { return false }
        return true
    }

    private static func letter(_ bytes: Span<UInt8>, _ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    /// Returns the number that digits stand for, and how many digits there are; `nil` where there are fewer than required. Seven
    /// digits, or eight hexadecimal ones, do not overflow.
    private static func number(
        _ bytes: Span<UInt8>, _ start: Int, digits: ClosedRange<Int>, base: UInt32 = 16
    ) -> (value: UInt32, length: Int)? {
        var (value, length) = (UInt32(0), 0)
        while length < digits.upperBound, let digit = letter(bytes, start + length).flatMap(\.hexDigitValue), digit < base {
            value = value &* base &+ UInt32(digit)
            length += 1
        }
        return length >= digits.lowerBound ? (value, length) : nil
    }

    // MARK: Characters

    /// Returns the text without spaces, line breaks and control characters, where all is ASCII.
    private static func joined(_ bytes: Span<UInt8>) -> [UInt8] {
        var joined: [UInt8] = []
        joined.reserveCapacity(bytes.count)
        for index in 0..<bytes.count where (0x21...0x7E).contains(bytes[index]) { joined.append(bytes[index]) }
        return joined
    }

    /// Returns any text without spaces, line breaks, control characters and invisible characters, and with full-width letters as
    /// ordinary ones.
    private static func plain(_ scalars: [Unicode.Scalar]) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(scalars.count)
        for scalar in scalars {
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

    /// Returns characters of two bytes as the characters of each byte, as when bytes are taken for UTF-16.
    private static func pairs(_ scalars: [Unicode.Scalar], isBigEndian: Bool) -> [UInt8] {
        var pairs: [UInt8] = []
        for scalar in scalars where scalar.value > 0xFF {
            let (high, low) = (UInt8(truncatingIfNeeded: scalar.value >> 8), UInt8(truncatingIfNeeded: scalar.value))
            pairs.append(isBigEndian ? high : low)
            pairs.append(isBigEndian ? low : high)
        }
        return pairs
    }

    /// Returns the scalars of a text, with U+FFFD for what is not UTF-8. The decoder is that of the standard library, which
    /// repairs without throwing: texts that come from base64 or hexadecimal are hardly ever UTF-8.
    private static func scalars(_ bytes: Span<UInt8>) -> [Unicode.Scalar] {
        var copy: [UInt8] = []
        copy.reserveCapacity(bytes.count)
        for index in 0..<bytes.count { copy.append(bytes[index]) }
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(copy.count)
        var rest = copy.makeIterator()
        var decoder = Unicode.UTF8()
        while true {
            switch decoder.decode(&rest) {
            case .scalarValue(let scalar): scalars.append(scalar)
            case .error: scalars.append("\u{FFFD}")
            case .emptyInput: return scalars
            }
        }
    }

    // MARK: Bytes

    /// Returns the decoded bytes of all base64 runs that are long enough, each from its `shift`th character on: what stands
    /// before the secret may belong to the same alphabet, as a slash does.
    private static func base64(_ bytes: Span<UInt8>, _ shift: Int) -> [UInt8] {
        var decoded: [UInt8] = []
        var start = 0
        for index in 0...bytes.count where index == bytes.count || sextet(bytes[index]) == nil {
            if index - start >= minBase64 {
                var (group, bits): (UInt32, UInt32) = (0, 0)
                for place in start + shift..<index {
                    group = group << 6 | UInt32(sextet(bytes[place]) ?? 0)
                    bits += 6
                    guard bits >= 8 else { continue }
                    bits -= 8
                    decoded.append(UInt8(truncatingIfNeeded: group >> bits))
                }
                decoded.append(0xFF)
            }
            start = index + 1
        }
        return decoded
    }

    /// Returns the decoded bytes of the hexadecimal digits; with `shift` 1 the first digit of each run is skipped. A character
    /// that is neither a digit nor a separator ends a run.
    private static func hex(_ bytes: Span<UInt8>, _ shift: Int) -> [UInt8] {
        var decoded: [UInt8] = []
        var high: UInt8?
        var isFirst = true
        for index in 0..<bytes.count {
            guard let digit = bytes[index].hexDigitValue else {
                // The zero of `0x6c` is not one of the digits.
                if bytes[index] | 0x20 == UInt8(ascii: "x"), high == 0 { high = nil }
                if !isHexSeparator(bytes[index]), !isFirst {
                    decoded.append(0xFF)
                    (high, isFirst) = (nil, true)
                }
                continue
            }
            if isFirst {
                isFirst = false
                if shift == 1 { continue }
            }
            if let first = high {
                decoded.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return decoded
    }

    private static func isHexSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: ":"), UInt8(ascii: "-"), UInt8(ascii: ","), UInt8(ascii: "x"), UInt8(ascii: "X"), 0x09, 0x0A,
            0x0D:
            true
        default: false
        }
    }

    /// Returns the six bits of a base64 digit of either alphabet.
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
