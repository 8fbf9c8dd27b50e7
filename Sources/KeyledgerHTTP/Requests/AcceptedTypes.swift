internal import Bytes

/// The media types that a client accepts, by its header `Accept` (RFC 9110 section 12.5.1).
struct AcceptedTypes {
    private struct Range {
        let type: Substring
        let subtype: Substring
        /// The weight of the range, in thousandths.
        let quality: Int

        /// How closely the range matches a type, from 1 to 3; `nil` when it does not match.
        func precedence(for type: Substring, _ subtype: Substring) -> Int? {
            switch (self.type, self.subtype) {
            case (type, subtype): 3
            case (type, "*"): 2
            case ("*", "*"): 1
            default: nil
            }
        }
    }

    private let ranges: [Range]

    /// Parses the values of the header's fields. Without any, all types are accepted equally.
    init(_ values: [String]) {
        ranges = values.flatMap { $0.split(separator: ",") }.compactMap { range in
            let parts = range.lowercased().split(separator: ";").map(\.trimmingSpaces)
            let names = parts.first?.split(separator: "/", maxSplits: 1) ?? []
            guard names.count == 2 else { return nil }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
            return Range(type: names[0], subtype: names[1], quality: weight.map { Self.quality($0.dropFirst(2)) } ?? 1000)
        }
    }

    /// Returns the weight of a type in thousandths; 0 when it is not accepted. `type` is in lowercase, such as
    /// `application/json`.
    func quality(of type: String) -> Int {
        if ranges.isEmpty { return 1000 }
        let names = type.split(separator: "/")
        let matches = ranges.compactMap { range in
            range.precedence(for: names[0], names[1]).map { (precedence: $0, quality: range.quality) }
        }
        guard let closest = matches.map(\.precedence).max() else { return 0 }
        return matches.filter { $0.precedence == closest }.map(\.quality).max() ?? 0
    }

    /// Parses a weight, which has at most three digits behind the point. Invalid text means that the range is not accepted.
    private static func quality(_ text: Substring) -> Int {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let digits = parts.count > 1 ? parts[1] : ""
        guard (1...2).contains(parts.count), parts[0] == "0" || parts[0] == "1", digits.utf8.count <= 3,
            digits.isASCIIDigits
        else { return 0 }
        let thousandths = Int(digits + String(repeating: "0", count: 3 - digits.utf8.count)) ?? 0
        return parts[0] == "1" ? 1000 : thousandths
    }
}
