/// The number of terminal columns that a text takes: two for East Asian wide characters and emoji (UAX #11), none for marks
/// that combine with the character before them.
enum DisplayWidth {
    static func of(_ text: some StringProtocol) -> Int { text.reduce(0) { $0 + of($1) } }

    /// Returns the width of a character. Joined emoji are drawn as one; letters that form one character, as in Indic scripts,
    /// side by side.
    static func of(_ character: Character) -> Int {
        let scalars = character.unicodeScalars
        if scalars.contains(where: \.properties.isEmojiPresentation) { return 2 }
        return scalars.reduce(0) { $0 + of($1) }
    }

    /// Shortens a text that has more columns than allowed, with an ellipsis in the last column. Isolated text
    /// (`DisplayText.sanitized`) stays isolated.
    static func shortened(_ text: String, to columns: Int) -> String {
        guard of(text) > columns else { return text }
        var (short, used, isolates) = ("", 0, 0)
        for character in text {
            let size = of(character)
            guard used + size < columns else { break }
            short.append(character)
            used += size
            for scalar in character.unicodeScalars {
                if scalar == "\u{2068}" { isolates += 1 } else if scalar == "\u{2069}" { isolates = max(0, isolates - 1) }
            }
        }
        return short + "…" + String(repeating: "\u{2069}", count: isolates)
    }

    private static func of(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control, .lineSeparator, .paragraphSeparator: return 0
        // Vowels and final consonants of a Hangul syllable take no columns; its first consonant has them.
        case .otherLetter where (0x1160...0x11FF).contains(scalar.value) || (0xD7B0...0xD7FF).contains(scalar.value): return 0
        default: return isWide(scalar.value) ? 2 : 1
        }
    }

    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF,
            0x1AFF0...0x1B2FF, 0x1F200...0x1F265, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
