/// One record of a CSV file (RFC 4180).
///
/// A cell has an apostrophe before its text when a spreadsheet would take the text for a formula (it begins with one of
/// `formulaStarts`), when the text itself begins with an apostrophe, and when the text is present but empty. A program that
/// reads the file therefore removes one apostrophe from each cell that begins with one, and has the original text: an empty
/// cell means no value, and `'` an empty text.
package enum CSVRow {
    private static let formulaStarts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]

    /// Encodes a row.
    ///
    /// - Parameter cells: The texts; `nil` stands for no value.
    /// - Returns: The row with its line end.
    package static func text(_ cells: [String?]) -> String { cells.map { $0.map(cell) ?? "" }.joined(separator: ",") + "\r\n" }

    private static func cell(_ text: String) -> String {
        let isMarked = text.unicodeScalars.first.map { $0 == "'" || formulaStarts.contains($0) } ?? true
        let marked = isMarked ? "'" + text : text
        // The text is examined by scalars: CR LF is one character, and so are a quote and a combining mark behind it.
        let needsQuotes = marked.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\r" || $0 == "\n" }
        guard needsQuotes else { return marked }
        var quoted: String.UnicodeScalarView = "\"".unicodeScalars
        for scalar in marked.unicodeScalars {
            if scalar == "\"" { quoted.append(scalar) }
            quoted.append(scalar)
        }
        quoted.append("\"")
        return String(quoted)
    }
}
