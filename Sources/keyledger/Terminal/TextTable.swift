/// Rows in columns that are as wide as necessary. On a terminal that is too narrow for them, texts are shortened with an
/// ellipsis, then columns are left out, which is noted below the table; when even that is not enough, each row becomes a list
/// of complete fields, one a line.
struct TextTable {
    struct Column {
        let title: String
        /// The minimum width to which the column's texts may be shortened; `nil` when they are never shortened, as with ids.
        var minWidth: Int?
        /// The order in which columns are left out, the smallest number first; `nil` when the column always stays.
        var leaves: Int?
    }

    private static let gap = 2

    private let columns: [Column]
    private var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row with a text for each column. The texts may come from outside.
    mutating func add(_ row: [String]) { rows.append(row.map(Terminal.sanitized)) }

    var isEmpty: Bool { rows.isEmpty }

    /// Returns the lines of the table. `width` is the width of the terminal in columns; `nil` when nothing is to be shortened.
    func lines(width: Int?) -> [String] {
        let natural = columns.indices.map { column in
            rows.reduce(DisplayWidth.of(columns[column].title)) { max($0, DisplayWidth.of($1[column])) }
        }
        guard let width else { return table(Array(columns.indices), natural) }
        var shown = Array(columns.indices)
        var left = columns.indices.filter { columns[$0].leaves != nil }.sorted {
            (columns[$0].leaves ?? 0, $0) < (columns[$1].leaves ?? 0, $1)
        }
        while true {
            if let widths = fitted(shown, natural, into: width) {
                let missing = columns.indices.filter { !shown.contains($0) }.map { columns[$0].title }
                return table(shown, widths) + (missing.isEmpty ? [] : note(missing, width))
            }
            guard !left.isEmpty else { return records(width) }
            let leaving = left.removeFirst()
            shown.removeAll { $0 == leaving }
        }
    }

    /// Returns the widths of the columns when those that are shown fit; `nil` when they do not.
    private func fitted(_ shown: [Int], _ natural: [Int], into width: Int) -> [Int]? {
        var widths = natural
        let least = columns.indices.map { min(natural[$0], columns[$0].minWidth ?? natural[$0]) }
        var excess = shown.reduce(Self.gap * (shown.count - 1) - width) { $0 + natural[$1] }
        guard shown.reduce(Self.gap * (shown.count - 1), { $0 + least[$1] }) <= width else { return nil }
        while excess > 0 {
            // The width is taken from the column that can give up the most.
            guard let widest = shown.max(by: { widths[$0] - least[$0] < widths[$1] - least[$1] }), widths[widest] > least[widest] else {
                return nil
            }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func table(_ shown: [Int], _ widths: [Int]) -> [String] {
        ([columns.map(\.title)] + rows).map { row in
            var line = ""
            for column in shown {
                let cell = DisplayWidth.shortened(row[column], to: widths[column])
                line += cell
                if column != shown.last {
                    line += String(repeating: " ", count: max(0, widths[column] - DisplayWidth.of(cell)) + Self.gap)
                }
            }
            return line
        }
    }

    private func note(_ missing: [String], _ width: Int) -> [String] {
        folded(["Left out for want of room: \(missing.joined(separator: ", ")). All of it: --wide, or --json."], width)
    }

    private func folded(_ pieces: [String], _ width: Int) -> [String] {
        FoldedText.text(pieces, width: width).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private func records(_ width: Int) -> [String] {
        let indent = columns.reduce(0) { max($0, DisplayWidth.of($1.title)) } + Self.gap
        var lines: [String] = []
        for row in rows {
            if !lines.isEmpty { lines.append("") }
            for (column, cell) in zip(columns, row) {
                let title = column.title + String(repeating: " ", count: indent - DisplayWidth.of(column.title))
                let fits = indent + DisplayWidth.of(cell) <= width
                // The value goes below its title when there is no room beside it.
                lines += fits ? [title + cell] : folded([column.title, cell], width)
            }
        }
        return lines
    }
}
