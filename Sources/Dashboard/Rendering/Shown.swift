internal import KeyEvents

/// How figures and times are written for people who read the page without its script, which shows them in their own zone.
enum Shown {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// 23 Nov 2026, 14:03 UTC
    static func time(_ time: Timestamp) -> String { date(time) + ", " + clock(time) }

    /// 14:03 UTC
    static func clock(_ time: Timestamp) -> String { time.description.drop { $0 != "T" }.dropFirst().prefix(5) + " UTC" }

    /// 23 Nov 2026
    static func date(_ time: Timestamp) -> String { "\(day(time)) \(time.day.year)" }

    /// 23 Nov
    static func day(_ time: Timestamp) -> String {
        let (_, month, day) = time.day
        return "\(day) \(months[month - 1])"
    }

    /// 2026-11-23
    static func isoDate(_ time: Timestamp) -> String { String(time.description.prefix { $0 != "T" }) }

    /// 1,234,567
    static func count(_ number: some BinaryInteger) -> String {
        let digits = String(number)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    /// 1 use, 2 uses
    static func count(_ number: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
        "\(count(number)) \(number == 1 ? one : many ?? one + "s")"
    }
}
