/// How text is looked at that came from outside: compared by its bytes and measured in code points, whatever surface it came by.
/// Swift's own `==` and `count` take canonically equivalent texts for the same, and count what a reader sees as one character.
public enum PlainText {
    /// Returns whether both texts are the same bytes.
    public static func areIdentical(_ text: some StringProtocol, _ other: some StringProtocol) -> Bool {
        text.utf8.elementsEqual(other.utf8)
    }

    /// Returns whether both maps hold the same names and values, compared by bytes.
    public static func areIdentical(_ map: [String: String], _ other: [String: String]) -> Bool {
        map.count == other.count
            && zip(sorted(map), sorted(other)).allSatisfy { areIdentical($0.key, $1.key) && areIdentical($0.value, $1.value) }
    }

    /// Returns the entries of a map in the order of the bytes of their names.
    public static func sorted(_ map: [String: String]) -> [(key: String, value: String)] {
        map.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// Returns the length of a text in code points, as the `maxLength` of JSON Schema counts (characters as RFC 8259 section 7
    /// defines them).
    public static func length(_ text: String) -> Int { text.unicodeScalars.count }

    /// Returns whether a text shows anything to a reader.
    public static func isVisible(_ text: String) -> Bool { text.unicodeScalars.contains(where: \.isVisible) }
}

extension Unicode.Scalar {
    /// Whether the scalar shows something of its own: it is not white space, does not only control or join others
    /// (`Default_Ignorable_Code_Point`, the general categories Cc, Cf and M), and is not a symbol that is drawn as nothing.
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
        // These are the braille pattern without a dot, and the musical symbol of a note without a head.
        return value != 0x2800 && value != 0x1D159
    }
}
