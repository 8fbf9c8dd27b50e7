internal import KeyEvents

/// Times as people read and write them.
enum TimeText {
    /// `2026-11-22 22:41`, UTC; a dash for never.
    static func short(_ time: Timestamp?) -> String {
        guard let time else { return "-" }
        let text = Timestamp(seconds: time.second).description
        return text.prefix(10) + " " + text.dropFirst(11).prefix(5)
    }

    /// An RFC 3339 time, or a duration from the command on such as `30d`, `12h`, `15m`, `90s`, `2w`.
    struct Expiry {
        private(set) var time: Timestamp?
        private(set) var seconds: Int64?

        init(_ text: String) throws {
            time = Timestamp(rfc3339: text)
            if time == nil { seconds = TimeText.duration(text) }
            guard time != nil || seconds != nil else {
                throw WrongUse("--expires is no time: write 2027-01-01T00:00:00Z, or a duration such as 30d, 12h, 15m, 90s or 2w.")
            }
        }
    }

    /// A duration in seconds; 0 is one too.
    static func grace(_ text: String) throws -> Int64 {
        guard !text.isEmpty, let seconds = text.allSatisfy({ $0 == "0" }) || text == "0s" ? 0 : duration(text) else {
            throw WrongUse("--grace is no duration: write 24h, 15m, 90s, or 0.")
        }
        return seconds
    }

    static func time(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(rfc3339: text) else {
            throw WrongUse("That is no time: write it like 2027-01-01T00:00:00Z.")
        }
        return time
    }

    /// In seconds; at most some hundred years.
    private static func duration(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        guard let last = text.last, let unit = units[last], let count = WholeNumber.read(text.dropLast(), in: 1...3_200_000_000 / unit)
        else { return nil }
        return count * unit
    }
}
