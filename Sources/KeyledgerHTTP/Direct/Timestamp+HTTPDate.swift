internal import KeyEvents
internal import Synchronization

/// The one that was written last: thousands of answers go out in one second.
private let newest = Mutex<(second: Int64, text: String)>((.min, ""))

extension Timestamp {
    /// As HTTP writes times: IMF-fixdate of RFC 9110 section 5.6.7.
    var httpDate: String {
        newest.withLock { newest in
            if newest.second != second { newest = (second, writtenDate) }
            return newest.text
        }
    }

    private var writtenDate: String {
        // 2026-11-22T22:41:00Z
        let text = Array(Timestamp(seconds: second).description.utf8)
        let month = Int(text[5] - 48) * 10 + Int(text[6] - 48)
        // The epoch was a Thursday.
        let weekday = (second.dividedFloor(by: 86_400) % 7 + 7 + 4) % 7
        func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
        return "\(Self.weekdays[Int(weekday)]), \(part(8..<10)) \(Self.months[month - 1]) \(part(0..<4)) \(part(11..<19)) GMT"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

extension Int64 {
    fileprivate func dividedFloor(by divisor: Int64) -> Int64 { (self >= 0 ? self : self - divisor + 1) / divisor }
}
