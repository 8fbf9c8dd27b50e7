internal import Bytes
public import KeyEvents

/// A point of the log, as people and programs name it.
public enum LogPoint: Equatable, Sendable {
    case position(UInt64)
    case time(Timestamp)

    /// Digits are a position, everything else an RFC 3339 time; `nil` for what is neither.
    public init?(_ text: some StringProtocol) {
        if !text.isEmpty, text.isASCIIDigits {
            guard let position = WholeNumber.read(text, in: 0...UInt64.max) else { return nil }
            self = .position(position)
        } else {
            guard let time = Timestamp(rfc3339: String(text)) else { return nil }
            self = .time(time)
        }
    }

    /// What to say of text that names none.
    public static let problem = "must be a time such as 2027-01-01T00:00:00Z, or a position of the log, which is a whole number."
}
