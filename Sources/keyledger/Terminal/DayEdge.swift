internal import KeyEvents

/// Which instant a date stands for where a time is asked for: what begins with a day takes its first one, what ends with it takes its last.
enum DayEdge {
    case first
    case last
    /// The first of the following day, for what ends before an instant.
    case next

    /// In UTC; `nil` where `text` is no date such as `2027-01-01`.
    func instant(ofDay text: String) -> Timestamp? {
        switch self {
        case .first: Timestamp(startOfDay: text)
        case .last: Timestamp(endOfDay: text)
        case .next: Timestamp(endOfDay: text)?.adding(microseconds: 1)
        }
    }
}
