internal import KeyEvents

/// A place in the log that an argument names: a position, or a time.
enum LogPlace {
    case position(UInt64)
    case time(Timestamp)

    init(_ text: String, option: String) throws {
        if let position = WholeNumber.read(text, in: 0...UInt64.max) {
            self = .position(position)
        } else if let time = Timestamp(rfc3339: text) {
            self = .time(time)
        } else {
            throw WrongUse(
                "\(option) is no place in the log: give it a position such as 1200, or a time such as 2027-01-01T00:00:00Z.")
        }
    }
}
