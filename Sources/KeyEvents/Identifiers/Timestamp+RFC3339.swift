internal import Bytes

/// Timestamps as text, after RFC 3339 and in UTC.
extension Timestamp: CustomStringConvertible {
    /// The text of the instant in UTC, always with six fraction digits, so that texts of years with four digits sort as the
    /// instants do: `2027-01-01T00:00:00.000000Z`.
    public var description: String { text { $0.padded(6) } }

    /// The text of the instant in UTC, with as many fraction digits as it needs: none, three or six. What is remembered of
    /// commands was digested from this text (`CommandID`), so it must never change.
    public var compactText: String {
        text { fraction in
            if fraction == 0 { return nil }
            return fraction % 1000 == 0 ? (fraction / 1000).padded(3) : fraction.padded(6)
        }
    }

    /// Returns the text of the instant.
    ///
    /// - Parameter fractionDigits: Returns the digits behind the point for a number of microseconds, or `nil` for no point.
    /// - Returns: The text, which ends in `Z`.
    private func text(fractionDigits: (Int64) -> String?) -> String {
        let second = self.second
        // The subtraction wraps: the second of the earliest instants, in microseconds, lies below `Int64.min`, and the difference
        // does not.
        let fraction = microseconds &- second &* 1_000_000
        let day = second.flooringQuotient(86_400)
        let secondOfDay = second - day * 86_400
        let date = CivilDate(daysSinceEpoch: day)
        var text = date.year.padded(4) + "-" + date.month.padded(2) + "-" + date.day.padded(2)
        text += "T" + (secondOfDay / 3600).padded(2) + ":" + (secondOfDay / 60 % 60).padded(2) + ":" + (secondOfDay % 60).padded(2)
        if let digits = fractionDigits(fraction) { text += "." + digits }
        return text + "Z"
    }

    /// Reads a time such as `2027-01-01T00:00:00Z` (RFC 3339 section 5.6). The result is `nil` for any other text, and for an
    /// instant outside the years 0000 to 9999.
    ///
    /// - Parameter text: A date and time with a fraction of up to nine digits, of which six count, and with any offset. A leap
    ///   second is read as the second after it.
    public init?(rfc3339 text: some StringProtocol) {
        var reader = DigitReader(bytes: Array(text.utf8))
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("Tt "), let hour = reader.number(2), reader.skip(":"),
            let minute = reader.number(2), reader.skip(":"), let second = reader.number(2),
            (1...12).contains(month), hour < 24, minute < 60, second <= 60
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard day >= 1, CivilDate(daysSinceEpoch: date.daysSinceEpoch).day == day else { return nil }
        var fraction: Int64 = 0
        if reader.skip(".") {
            guard let digits = reader.digits(upTo: 9) else { return nil }
            fraction = digits.prefix(6).reduce(0) { $0 * 10 + $1 }
            for _ in digits.prefix(6).count..<6 { fraction *= 10 }
        }
        var offset: Int64 = 0
        if !reader.skip("Zz") {
            let west = reader.peek == UInt8(ascii: "-")
            guard reader.skip("+-"), let hours = reader.number(2), reader.skip(":"), let minutes = reader.number(2),
                hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (west ? -1 : 1)
        }
        guard reader.isAtEnd else { return nil }
        let seconds = date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second - offset
        // An offset may lead out of the years that have four digits.
        guard Self.writableSeconds.contains(seconds) else { return nil }
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    /// Creates the first instant of a day of UTC. The result is `nil` for any other text.
    ///
    /// - Parameter text: The day, as in `2027-01-01` (RFC 3339 full-date).
    public init?(startOfDay text: some StringProtocol) {
        guard text.utf8.count == 10 else { return nil }
        self.init(rfc3339: String(text) + "T00:00:00Z")
    }

    /// Creates the last instant of a day of UTC, a microsecond before the next day. The result is `nil` for any other text.
    ///
    /// - Parameter text: The day, as in `2027-01-01` (RFC 3339 full-date).
    public init?(endOfDay text: some StringProtocol) {
        guard text.utf8.count == 10 else { return nil }
        self.init(rfc3339: String(text) + "T23:59:59.999999Z")
    }

    /// The seconds of the years that are written with four digits.
    private static let writableSeconds: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    /// The day of UTC that the instant lies in, by the proleptic Gregorian calendar. The year may have any number of digits, or
    /// lie before year 0.
    public var day: (year: Int64, month: Int, day: Int) {
        let date = CivilDate(daysSinceEpoch: second.flooringQuotient(86_400))
        return (date.year, Int(date.month), Int(date.day))
    }

    /// Whether the text of the instant can be read again: its year has four digits.
    public var isWritable: Bool { Self.writableSeconds.contains(second) }
}

/// A date of the proleptic Gregorian calendar. The conversion follows the era arithmetic of a 400-year cycle of 146,097 days
/// whose year begins in March, so that the leap day comes last.
private struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64

    init(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
    }

    init(daysSinceEpoch: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = shifted.flooringQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSinceEpoch: Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear.flooringQuotient(400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

private struct DigitReader {
    let bytes: [UInt8]
    var index = 0

    var peek: UInt8? { index < bytes.count ? bytes[index] : nil }
    var isAtEnd: Bool { index == bytes.count }

    mutating func skip(_ oneOf: StaticString) -> Bool {
        guard let byte = peek, oneOf.description.utf8.contains(byte) else { return false }
        index += 1
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let digit = peek?.asciiDigitValue else { return nil }
            value = value * 10 + Int64(digit)
            index += 1
        }
        return value
    }

    mutating func digits(upTo limit: Int) -> [Int64]? {
        var digits: [Int64] = []
        while let digit = peek?.asciiDigitValue {
            digits.append(Int64(digit))
            index += 1
        }
        return (1...limit).contains(digits.count) ? digits : nil
    }
}

extension Int64 {
    fileprivate func padded(_ width: Int) -> String {
        let digits = String(self)
        return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
    }
}
