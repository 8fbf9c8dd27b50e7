/// How text is looked at that came from outside: compared by its bytes and measured in code points, whatever surface it came by.
/// Swift's own `==` and `count` take canonically equivalent texts for the same, and count what a reader sees as one character.
public enum PlainText {
    /// Whether both are the same bytes.
    public static func areIdentical(_ text: some StringProtocol, _ other: some StringProtocol) -> Bool {
        text.utf8.elementsEqual(other.utf8)
    }

    /// Whether both hold the same names and values, by their bytes.
    public static func areIdentical(_ map: [String: String], _ other: [String: String]) -> Bool {
        map.count == other.count
            && zip(sorted(map), sorted(other)).allSatisfy { areIdentical($0.key, $1.key) && areIdentical($0.value, $1.value) }
    }

    /// By the bytes of the names.
    public static func sorted(_ map: [String: String]) -> [(key: String, value: String)] {
        map.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// In code points, as JSON Schema's `maxLength` counts (RFC 8259 section 7: of a text's characters).
    public static func length(_ text: String) -> Int { text.unicodeScalars.count }

    /// Whether somebody who looks at it sees anything.
    public static func isVisible(_ text: String) -> Bool { text.unicodeScalars.contains(where: \.isVisible) }
}

extension Unicode.Scalar {
    /// Whether it shows something of its own: not white space, nothing that only controls or joins others (`Default_Ignorable_Code_Point`, the
    /// general categories Cc, Cf and M), and none of the symbols that are drawn as nothing.
    fileprivate var isVisible: Bool {
        let properties = properties
        guard !properties.isWhitespace, !properties.isDefaultIgnorableCodePoint else { return false }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .nonspacingMark, .enclosingMark, .spacingMark, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default:
            break
        }
        // The braille pattern without a dot, and the musical symbol of a note without a head.
        return value != 0x2800 && value != 0x1D159
    }
}
