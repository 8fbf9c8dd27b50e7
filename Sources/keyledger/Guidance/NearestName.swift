internal import LedgerAPI

/// Finds the name that was most likely meant by a mistyped one.
enum NearestName {
    /// Returns the nearest name; `nil` when none is near. Case, underscores and camel case (`expiresAt`) make no difference.
    static func to(_ written: String, among names: [String]) -> String? {
        let written = Array(dashed(written))
        guard written.count > 1 else { return nil }
        let ranked = names.enumerated().compactMap { index, name in
            rank(written, Array(name)).map { (rank: $0, index: index, name: name) }
        }
        return ranked.min { ($0.rank.kind, $0.rank.distance, $0.index) < ($1.rank.kind, $1.rank.distance, $1.index) }?.name
    }

    /// Normalizes a name: `expiresAt`, `expires_at` and `EXPIRES-AT` all become `expires-at`.
    private static func dashed(_ text: String) -> String {
        var dashed = ""
        var wasLower = false
        for character in text {
            if character.isUppercase, wasLower { dashed += "-" }
            wasLower = character.isLowercase
            dashed += character == "_" ? "-" : character.lowercased()
        }
        return dashed
    }

    /// Ranks the similarity of a name. The closest come first: the beginning of a name, a typing error, a name followed by
    /// other characters, a name without some of its letters (`ls`).
    private static func rank(_ written: [Character], _ name: [Character]) -> (kind: Int, distance: Int)? {
        let steps = TypingError.distance(written, name)
        if name.starts(with: written) { return (0, steps) }
        if steps <= TypingError.limit(written, name) { return (1, steps) }
        if name.count > 2, written.starts(with: name) { return (2, steps) }
        let isAbbreviation = written.first == name.first && 2 * written.count >= name.count && isContained(written, in: name)
        return isAbbreviation ? (3, steps) : nil
    }

    /// Whether `name` contains the letters in the same order.
    private static func isContained(_ letters: [Character], in name: [Character]) -> Bool {
        var rest = letters[...]
        for character in name where character == rest.first { rest.removeFirst() }
        return rest.isEmpty
    }
}
