internal import KeyEvents
internal import Synchronization

/// The date that was written last, kept because thousands of responses are sent in one second.
private let newest = Mutex<(second: Int64, text: String)>((.min, ""))

extension Timestamp {
    /// The time in the format of HTTP: IMF-fixdate of RFC 9110 section 5.6.7.
    var httpDate: String {
        newest.withLock { newest in
            if newest.second != second { newest = (second, writtenDate) }
            return newest.text
        }
    }

    private var writtenDate: String {
        let (year, month, day) = self.day
        // The last nine characters are a time such as `22:41:00Z`.
        let clock = Timestamp(seconds: second).compactText.suffix(9).dropLast()
        // The first day of the epoch was a Thursday.
        let weekday = (second.dividedFloor(by: 86_400) % 7 + 7 + 4) % 7
        return "\(Self.weekdays[Int(weekday)]), \(day < 10 ? "0" : "")\(day) \(Self.months[month - 1]) \(year) \(clock) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

extension Int64 {
    fileprivate func dividedFloor(by divisor: Int64) -> Int64 { (self >= 0 ? self : self - divisor + 1) / divisor }
}
