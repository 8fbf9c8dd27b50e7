/// A line that consists of several pieces. On a terminal it is folded to the width, between pieces where possible; elsewhere it
/// stays one line, which other programs can read.
enum FoldedText {
    private static let gap = "  "
    private static let indent = "    "

    static func text(_ pieces: [String], width: Int? = Terminal.width) -> String {
        guard let width else { return pieces.joined(separator: gap) }
        var lines: [String] = []
        var (line, columns, isEmpty) = ("", 0, true)
        // The number of isolates (`DisplayText`) that are open: each line is laid out by itself.
        var isolates = 0
        func end() {
            lines.append(line + String(repeating: "\u{2069}", count: isolates))
            (line, columns, isEmpty) = (indent + String(repeating: "\u{2068}", count: isolates), indent.count, true)
        }
        func add(_ text: some StringProtocol, after separator: String) {
            let size = DisplayWidth.of(text)
            if !isEmpty, columns + separator.count + size > width { end() }
            if !isEmpty {
                line += separator
                columns += separator.count
            }
            // A word that is longer than a line is broken between characters.
            for character in text {
                let size = DisplayWidth.of(character)
                if columns + size > width, !isEmpty { end() }
                line.append(character)
                for scalar in character.unicodeScalars {
                    if scalar == "\u{2068}" { isolates += 1 } else if scalar == "\u{2069}" { isolates = max(0, isolates - 1) }
                }
                columns += size
                isEmpty = false
            }
        }
        for piece in pieces {
            guard DisplayWidth.of(piece) > width - indent.count else {
                add(piece, after: gap)
                continue
            }
            if !isEmpty { end() }
            for (number, word) in piece.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
                add(word, after: number == 0 ? gap : " ")
            }
        }
        if !isEmpty || lines.isEmpty { lines.append(line) }
        return lines.joined(separator: "\n")
    }
}
