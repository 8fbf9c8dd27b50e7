/// Finds the text that was most likely meant by a mistyped one.
package enum TypingError {
    /// Returns the nearest of some texts that a typing error, or other case, may have made of it; `nil` where none is near.
    ///
    /// - Parameters:
    ///   - written: The text that was typed.
    ///   - texts: The texts that may have been meant; of equally near ones the first is returned.
    /// - Returns: The nearest text.
    package static func nearest(to written: String, among texts: some Sequence<String>) -> String? {
        let letters = Array(written.lowercased())
        var nearest: (text: String, distance: Int)?
        for text in texts {
            let other = Array(text.lowercased())
            let limit = min(Self.limit(letters, other), (nearest?.distance ?? .max) - 1)
            guard abs(letters.count - other.count) <= limit else { continue }
            let distance = Self.distance(letters, other)
            if distance <= limit { nearest = (text, distance) }
        }
        return nearest?.text
    }

    /// Returns how many letters a typing error may change, by the length of the longer text.
    ///
    /// - Parameters:
    ///   - left: The letters of one text.
    ///   - right: The letters of the other.
    /// - Returns: The greatest distance at which one may be meant by the other.
    package static func limit(_ left: [Character], _ right: [Character]) -> Int {
        let longer = max(left.count, right.count)
        return longer <= 4 ? 1 : longer <= 7 ? 2 : 3
    }

    /// Counts the letters left out, added, exchanged, or swapped with their neighbour (optimal string alignment).
    ///
    /// - Parameters:
    ///   - left: The letters of one text.
    ///   - right: The letters of the other.
    /// - Returns: The number of such steps from one to the other.
    package static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var last = Array(0...right.count)
        for (row, character) in left.enumerated() {
            var line = [row + 1]
            for (column, other) in right.enumerated() {
                var least = min(last[column] + (character == other ? 0 : 1), last[column + 1] + 1, line[column] + 1)
                if row > 0, column > 0, character == right[column - 1], left[row - 1] == other {
                    least = min(least, before[column - 1] + 1)
                }
                line.append(least)
            }
            (before, last) = (last, line)
        }
        return last[right.count]
    }
}
