internal import KeyEvents

/// The instant that a date stands for where a time is expected: the start of a period takes the day's first instant, its end
/// the last.
enum DayBound {
    case first
    case last
    /// The first instant of the following day, for the end of a period that excludes its end.
    case next

    /// Returns the instant in UTC; `nil` when `text` is not a date such as `2027-01-01`.
    func instant(ofDay text: String) -> Timestamp? {
        switch self {
        case .first: Timestamp(startOfDay: text)
        case .last: Timestamp(endOfDay: text)
        case .next: Timestamp(endOfDay: text)?.adding(microseconds: 1)
        }
    }
}
