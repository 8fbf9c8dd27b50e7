internal import KeyEvents

/// The formats of times and durations for people.
enum TimeText {
    /// Formats a time in UTC like `2026-11-22 22:41`; a dash stands for never.
    static func short(_ time: Timestamp?) -> String {
        guard let time else { return "-" }
        let text = Timestamp(seconds: time.second).description
        return text.prefix(10) + " " + text.dropFirst(11).prefix(5)
    }

    /// Parses a duration, which may be 0. Throws `UsageError` for other text.
    static func grace(_ text: String) throws -> Duration {
        guard !text.isEmpty, let grace = text.allSatisfy({ $0 == "0" }) || text == "0s" ? .zero : duration(text) else {
            throw UsageError("--grace is no duration: write 24h, 15m, 90s, or 0.")
        }
        return grace
    }

    /// Parses a duration such as `30d`, `12h`, `15m`, `90s` or `2w`; `nil` for other text, for 0, and for more than about a hundred years.
    static func duration(_ text: String) -> Duration? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let last = text.last, let unit = units[last], let count = WholeNumber.read(text.dropLast(), in: 1...3_200_000_000 / unit)
        else { return nil }
        return .seconds(count * unit)
    }
}
