/// One record of a CSV file (RFC 4180).
enum CSVRow {
    /// A spreadsheet takes a cell that begins with one of these for a formula. An apostrophe before it makes it text; whoever reads
    /// the file by program takes off one apostrophe before one of these.
    private static let formulaStarts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]

    static func text(_ cells: [String]) -> String { cells.map(cell).joined(separator: ",") + "\r\n" }

    private static func cell(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map(formulaStarts.contains) ?? false
        let safe = isFormula ? "'" + text : text
        // By scalars: CR LF is one character.
        let needsQuotes = safe.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\r" || $0 == "\n" }
        return needsQuotes ? "\"" + safe.replacing("\"", with: "\"\"") + "\"" : safe
    }
}
