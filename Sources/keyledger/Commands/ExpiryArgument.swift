internal import KeyEvents

/// The value of `--expires`.
enum ExpiryArgument {
    case never
    /// A point in time. `day` is the date, when only a date was given.
    case at(Timestamp, day: String?)
    /// A duration, which begins when the command is carried out.
    case after(Duration)

    static let help =
        "When it ends: a date such as 2027-01-01, which means the end of that day in UTC, a time such as 2027-01-01T12:00:00Z, a duration such"
        + " as 30d, 12h, 15m, 90s or 2w, or never."

    /// Parses the option's value; throws `UsageError` for any other text.
    init(_ text: String) throws {
        if text == "never" {
            self = .never
        } else if let time = Timestamp(rfc3339: text) {
            self = .at(time, day: nil)
        } else if let end = Timestamp(endOfDay: text) {
            // The key ends in the last second of the day, as on the settings page; the latest possible expiry has no fraction
            // either.
            self = .at(Timestamp(seconds: end.second), day: text)
        } else if let duration = TimeText.duration(text) {
            self = .after(duration)
        } else {
            throw UsageError(
                "--expires is no time: write a date such as 2027-01-01, a time such as 2027-01-01T00:00:00Z, a duration such as 30d, 12h, 15m,"
                    + " 90s or 2w, or never.")
        }
    }

    var time: Timestamp? { if case .at(let time, day: _) = self { time } else { nil } }

    var duration: Duration? { if case .after(let duration) = self { duration } else { nil } }

    /// The new expiry; `nil` for a duration, which begins when the change is carried out.
    var change: Expiry? {
        switch self {
        case .never: .never
        case .at(let time, day: _): .at(time)
        case .after: nil
        }
    }

    /// A sentence that says how a date was interpreted; `nil` when no date was given.
    var note: String? {
        guard case .at(let time, day: let day?) = self else { return nil }
        return "It expires at the end of \(day) in UTC: \(time)."
    }
}
