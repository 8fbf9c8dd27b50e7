internal import KeyEvents

/// The formats of figures and times for people who read a page without its script, which shows times in their own time zone.
enum Format {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Formats a time like “23 Nov 2026, 14:03 UTC”.
    static func time(_ time: Timestamp) -> String { date(time) + ", " + clock(time) }

    /// Formats a time like “23 Nov 2026, 14:03:59 UTC”.
    static func exactTime(_ time: Timestamp) -> String {
        date(time) + ", " + time.description.drop { $0 != "T" }.dropFirst().prefix(8) + " UTC"
    }

    /// Formats the time of day like “14:03 UTC”.
    static func clock(_ time: Timestamp) -> String { time.description.drop { $0 != "T" }.dropFirst().prefix(5) + " UTC" }

    /// Formats a date like “23 Nov 2026”.
    static func date(_ time: Timestamp) -> String { "\(day(time)) \(time.day.year)" }

    /// Formats a day like “23 Nov”.
    static func day(_ time: Timestamp) -> String {
        let (_, month, day) = time.day
        return "\(day) \(months[month - 1])"
    }

    /// Formats a date like “2026-11-23”.
    static func isoDate(_ time: Timestamp) -> String { String(time.description.prefix { $0 != "T" }) }

    /// Returns a sentence of the ledger, which is written for programs too, with its times in the format of `time`.
    static func sentence(_ text: String) -> String {
        text.replacing(/[0-9]{4,6}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/) { match in
            Timestamp(rfc3339: String(match.output)).map(time) ?? String(match.output)
        }
    }

    /// Formats a number like “1,234,567”.
    static func count(_ number: some BinaryInteger) -> String {
        let digits = String(number)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// Formats a number of things like “1 use” and “2 uses”.
    static func count(_ number: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? one : many ?? one + "s")"
    }
}
