/// One record of a CSV file (RFC 4180).
///
/// A cell has an apostrophe before its text where a spreadsheet would take the text for a formula (it begins with one of `formulaStarts`), where
/// the text itself begins with an apostrophe, and where it is empty though it is there. So whoever reads the file by program takes one
/// apostrophe off each cell that begins with one, and has what was written: an empty cell says that there is nothing, and `'` an empty text.
enum CSVRow {
    private static let formulaStarts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]

    /// `nil`: there is nothing.
    static func text(_ cells: [String?]) -> String { cells.map { $0.map(cell) ?? "" }.joined(separator: ",") + "\r\n" }

    private static func cell(_ text: String) -> String {
        let isMarked = text.unicodeScalars.first.map { $0 == "'" || formulaStarts.contains($0) } ?? true
        let marked = isMarked ? "'" + text : text
        // By scalars: CR LF is one character, and so are a quote and the mark behind it.
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
