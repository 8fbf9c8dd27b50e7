/// Characters that come into a key, or stand around it, by copying.
enum StrayCharacter {
    static let mailBreak =
        "A mail program has broken the key and put an equals sign (=) at the end of the line. Take out the sign and the line break."

    static func isQuote(_ scalar: Unicode.Scalar) -> Bool { isTypographicQuote(scalar) || scalar == "\"" || scalar == "'" || scalar == "`" }

    static func isTypographicQuote(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2018...0x201F, 0x2039, 0x203A, 0xAB, 0xBB, 0x300C...0x300F, 0xFF02, 0xFF07, 0x2032, 0x2033: true
        default: false
        }
    }

    /// Whether a character belongs to no key and to nothing else either: it is invisible, white space, or a quotation mark.
    static func isStray(_ scalar: Unicode.Scalar) -> Bool {
        isQuote(scalar) || scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint || scalar.value < 0x20
            || scalar.value == 0x7F || scalar.properties.generalCategory == .format
    }

    static func isNoBreakSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.value >= 0x80 && scalar.properties.isWhitespace }

    static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.generalCategory == .format
    }

    /// Returns a text without such characters at both ends.
    static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isStray($0) }), let last = scalars.lastIndex(where: { !isStray($0) }) else {
            return ""
        }
        return String(scalars[first...last])
    }

    /// The sentence on a character that was found in a key or beside it.
    static func problem(of scalar: Unicode.Scalar, atEnd: Bool) -> String {
        switch scalar.value {
        case 0x0A, 0x0D, 0x2028, 0x2029, 0x85:
            "A line break stands \(atEnd ? "behind" : "within") the key. Send the key in one line."
        case 0x20: "A space stands \(atEnd ? "behind" : "within or before") the key. Send the key alone, in one piece."
        case 0x09: "A tab stands beside the key. Send the key alone."
        case 0xA0, 0x202F: "A no-break space (\(code(scalar))), which looks like a space, stands beside the key or within it. Take it out."
        case _ where isTypographicQuote(scalar):
            "Typographic (smart) quotation marks (\(code(scalar))) stand around the key. They are not the marks of programs and"
                + " are sent along;"
                + " type plain ones, or none."
        case _ where isQuote(scalar): "Quotation marks stand around the key and are sent along. Send the key without them."
        case 0x200B, 0xFEFF, 0x2060:
            "An invisible character, a zero-width space (\(code(scalar))), stands in the key or beside it. Type the value anew,"
                + " or copy the key again."
        case _ where scalar.properties.isWhitespace:
            "A special space (\(code(scalar))) stands beside the key or within it. Take it out."
        default:
            "An invisible character (\(code(scalar))) stands in the key or beside it. Copy the key again."
        }
    }

    /// The sentence on what stands before and behind a whole key.
    static func problem(before: String, after: String) -> String {
        let sign = after.unicodeScalars.first ?? before.unicodeScalars.last
        let place = after.isEmpty ? "before" : "behind"
        switch sign {
        case ".": return "A full stop (.) stands \(place) the key, from the end of a sentence perhaps. Take it out."
        case ",": return "A comma stands \(place) the key. Take it out."
        case ";": return "A semicolon stands \(place) the key. Take it out."
        case ":": return "A colon stands \(place) the key. Take it out."
        case "=": return "An equals sign stands \(place) the key. Take it out."
        case "\\": return "A backslash stands \(place) the key. Take it out."
        case "<", ">", "{", "}", "[", "]", "(", ")": return "Brackets stand around the key, as in an example. Send the key without them."
        case let sign? where isStray(sign): return problem(of: sign, atEnd: place == "behind")
        default: return "Something else stands \(place) the key and is sent along. Send the key alone."
        }
    }

    private static func code(_ scalar: Unicode.Scalar) -> String {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - hex.utf8.count)) + hex
    }
}
