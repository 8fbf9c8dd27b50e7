public import KeyEvents

/// Text from outside as it is shown to people: nothing in it ends its line, is obeyed by a terminal, reorders what stands around it, or
/// passes for what stands around it.
public enum DisplayText {
    /// Scalars that change the layout (`isLayoutControl`) become U+FFFD. A text with letters that are written from right to left is isolated
    /// (UAX #9: FSI, PDI), so that it is laid out by itself.
    public static func harmless(_ text: String) -> String {
        var isRightToLeft = false
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            isRightToLeft = isRightToLeft || isWrittenFromRightToLeft(scalar)
            scalars.append(scalar.isLayoutControl ? "\u{FFFD}" : scalar)
        }
        return isRightToLeft ? "\u{2068}" + String(scalars) + "\u{2069}" : String(scalars)
    }

    /// In quotes, with a backslash before quotes and backslashes within.
    public static func quoted(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "“" || scalar == "”" || scalar == "\\" { escaped.append("\\") }
            escaped.append(scalar)
        }
        return "“" + harmless(String(escaped)) + "”"
    }

    /// As it is where it is one plain word, else in quotes.
    public static func word(_ text: String) -> String {
        let isPlain =
            !text.isEmpty
            && text.unicodeScalars.allSatisfy { ("!"..."~").contains($0) && $0 != "\"" && $0 != "=" && $0 != "\\" || $0 == "…" }
        return isPlain ? text : quoted(text)
    }

    /// Where presentations came from, and how many from each address; `nil` where no address is known.
    public static func origins(_ counts: AddressCounts) -> String? { counts.isAnyKnown ? counts.text(word) : nil }

    /// Strong right-to-left characters and the marks that act as one, by their blocks.
    private static func isWrittenFromRightToLeft(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0590...0x08FF, 0x200F, 0xFB1D...0xFDFF, 0xFE70...0xFEFE, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
        default: false
        }
    }
}
