internal import KeyEvents

/// What `--expires` takes.
enum ExpiryArgument {
    case never
    /// `day`: the date, where only that was given.
    case at(Timestamp, day: String?)
    /// In seconds from the command on.
    case after(Int64)

    static let help =
        "When it ends: a date such as 2027-01-01, which means the end of that day in UTC, a time such as 2027-01-01T12:00:00Z, a duration such"
        + " as 30d, 12h, 15m, 90s or 2w, or never."

    /// Throws `WrongUse` for anything else.
    init(_ text: String) throws {
        if text == "never" {
            self = .never
        } else if let time = Timestamp(rfc3339: text) {
            self = .at(time, day: nil)
        } else if let end = Timestamp(endOfDay: text) {
            // In the day's last second, as on the settings page; the latest expiry there can be has no fraction either.
            self = .at(Timestamp(seconds: end.second), day: text)
        } else if let seconds = TimeText.duration(text) {
            self = .after(seconds)
        } else {
            throw WrongUse(
                "--expires is no time: write a date such as 2027-01-01, a time such as 2027-01-01T00:00:00Z, a duration such as 30d, 12h, 15m,"
                    + " 90s or 2w, or never.")
        }
    }

    var time: Timestamp? { if case .at(let time, day: _) = self { time } else { nil } }

    var seconds: Int64? { if case .after(let seconds) = self { seconds } else { nil } }

    /// For a command that changes the instant; `nil`: a duration, which counts from the change on.
    var change: Expiry? {
        switch self {
        case .never: .never
        case .at(let time, day: _): .at(time)
        case .after: nil
        }
    }

    /// What a date was taken for; `nil` where nothing had to be taken for something.
    var note: String? {
        guard case .at(let time, day: let day?) = self else { return nil }
        return "It expires at the end of \(day) in UTC: \(time)."
    }
}
