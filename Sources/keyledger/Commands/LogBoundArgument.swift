internal import EventLog
internal import KeyEvents
internal import Ledger
internal import LedgerQueries

/// A point in the log as an option names it: a position, a time, or a day in UTC.
struct LogBoundArgument {
    private let named: LogBound
    private let option: String
    /// The first instant of the day and the meaning of the day, when the option names a day.
    private let day: (start: Timestamp, dayBound: DayBound)?

    /// Parses the value of an option. `dayBound` is the instant that a day stands for under this option. Throws `UsageError` for text
    /// that names no point.
    init(_ text: String, option: String, day dayBound: DayBound) throws {
        self.option = option
        if let bound = LogBound(text) {
            named = bound
            day = nil
        } else if let start = Timestamp(startOfDay: text), let time = dayBound.instant(ofDay: text) {
            named = .time(time)
            day = (start: start, dayBound: dayBound)
        } else {
            throw UsageError(
                "\(option) must be a time such as 2027-01-01T00:00:00Z, a date such as 2027-01-01 (UTC), or a position of the log, which is"
                    + " a whole number.")
        }
    }

    /// Returns the point. A day that has begun and is not over ends now.
    func bound(now: Timestamp) -> LogBound {
        guard let day, day.start <= now, case .time(let time) = named, time > now else { return named }
        return .time(day.dayBound == .next ? now.adding(microseconds: 1) : now)
    }

    /// Returns the position of the first record at or after the point, at which a reading of the log begins. It throws
    /// `ServiceError.invalid` for a point in the future or beyond the end of the log, which is more likely a mistake than a wish to
    /// read nothing; the position of the next record is allowed.
    func beginning(in ledger: Ledger) throws -> UInt64 {
        try ledger.past.beginning(of: bound(now: ledger.time.now), field: option)
    }
}

extension Ledger {
    /// Returns the position of the first record at or after a point; it is beyond the end of the log when there is none.
    func firstPosition(from bound: LogBound) throws -> UInt64 {
        switch bound {
        case .position(let position): position
        case .time(let time): try reader.position(notBefore: time)
        }
    }
}
