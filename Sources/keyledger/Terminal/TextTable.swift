/// Rows in columns as wide as they need to be; where the terminal is too narrow for them, each row by itself.
struct TextTable {
    private var rows: [[String]]

    init(_ titles: [String]) { rows = [titles] }

    mutating func add(_ row: [String]) { rows.append(row.map(Terminal.harmless)) }

    var isEmpty: Bool { rows.count == 1 }

    /// `width`: of the terminal; `nil`: as many columns as it takes.
    func lines(width: Int? = nil) -> [String] {
        let widths = rows[0].indices.map { column in rows.map { DisplayWidth.of($0[column]) }.max() ?? 0 }
        if let width, widths.reduce(2 * (widths.count - 1), +) > width {
            return rows.dropFirst().map { FoldedText.text(zip(rows[0], $0).map { $0.lowercased() + " " + $1 }, width: width) }
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - DisplayWidth.of(cell) + 2) }
            }
            return line
        }
    }
}
