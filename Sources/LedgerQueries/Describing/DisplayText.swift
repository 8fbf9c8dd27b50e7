public import KeyEvents

/// Makes text from outside safe to show to people: nothing in it ends its line, is obeyed by a terminal, reorders the text around it,
/// or passes for the text around it.
public enum DisplayText {
    /// Replaces scalars that change the layout.
    ///
    /// - Parameter text: the text from outside.
    /// - Returns: the text with U+FFFD for each layout control (`isLayoutControl`) and each hidden scalar (`PlainText.hidden`). A text with right-to-left letters is isolated (UAX
    ///   #9: FSI, PDI), so that it is laid out by itself.
    public static func sanitized(_ text: String) -> String {
        var isRightToLeft = false
        var scalars = String.UnicodeScalarView()
        let hidden = PlainText.hidden(in: text)
        for (number, scalar) in text.unicodeScalars.enumerated() {
            isRightToLeft = isRightToLeft || isWrittenFromRightToLeft(scalar)
            scalars.append(scalar.isLayoutControl || hidden.contains(number) ? "\u{FFFD}" : scalar)
        }
        return isRightToLeft ? "\u{2068}" + String(scalars) + "\u{2069}" : String(scalars)
    }

    /// Puts a text in quotes.
    ///
    /// - Parameter text: the text from outside.
    /// - Returns: the safe text in quotation marks, with a backslash before each quotation mark and backslash within.
    public static func quoted(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "“" || scalar == "”" || scalar == "\\" { escaped.append("\\") }
            escaped.append(scalar)
        }
        return "“" + sanitized(String(escaped)) + "”"
    }

    /// Shows a text as one word.
    ///
    /// - Parameter text: the text from outside.
    /// - Returns: the text itself where it is one plain word, else the text in quotes.
    public static func word(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { ("!"..."~").contains($0) && $0 != "\"" && $0 != "=" && $0 != "\\" || $0 == "…" }
        return isPlain ? text : quoted(text)
    }

    /// Shows where presentations came from.
    ///
    /// - Parameter counts: the addresses with their counts.
    /// - Returns: the addresses and how many presentations came from each; `nil` where no address is known.
    public static func origins(_ counts: AddressCounts) -> String? { counts.isAnyKnown ? counts.text(word) : nil }

    /// Whether a scalar is a strong right-to-left character, or a mark that acts as one, by its block.
    private static func isWrittenFromRightToLeft(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0590...0x08FF, 0x200F, 0xFB1D...0xFDFF, 0xFE70...0xFEFE, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
        default: false
        }
    }
}
