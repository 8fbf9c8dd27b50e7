internal import Bytes

/// The signs in a text that a command was given to the command prompt of Windows (`cmd`), to which single quotes are no quotation marks.
enum WindowsPrompt {
    /// Whether the prompt stands before a command, such as `C:\Users\anna>`. The one of PowerShell begins with `PS`.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - line: The index of the beginning of the line.
    ///   - index: The index of the command.
    /// - Returns: `true` where it does.
    static func stands(in bytes: [UInt8], from line: Int, to index: Int) -> Bool {
        guard index - line >= 4, index - line <= 300 else { return false }
        let end = bytes[line..<index].last { !$0.isBlank }
        guard end == UInt8(ascii: ">") else { return false }
        let start = bytes.skip(from: line) { $0.isBlank }
        return bytes[start].isASCIILetter && bytes.has(":\\", at: start + 1)
    }

    /// Whether a text holds a variable such as `%KEY%`.
    static func holdsVariable(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "%"), omittingEmptySubsequences: false)
        return parts.count > 2
            && parts[1..<(parts.count - 1)].contains { part in
                part.count > 1 && part.first?.isASCIILetter ?? false
                    && part.allSatisfy { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "_") }
            }
    }

    /// Whether curl complains of a host that is a piece of a header: it was given without the quotes that stood around it.
    static func takesPieceForHost(_ bytes: [UInt8], from start: Int) -> Bool {
        let words = "could not resolve host: "
        guard start < bytes.count else { return false }
        return bytes.indices[start...].contains { index in
            guard bytes[index].asciiLowercased == UInt8(ascii: "c"), bytes.has(words, at: index) else { return false }
            let host = index + words.utf8.count
            let end = bytes.skip(from: host) { !$0.isWhite }
            return bytes.has("bearer", at: host) || end > host && bytes[end - 1] == UInt8(ascii: "'")
        }
    }
}
