internal import Bytes
public import KeyEvents

/// A point of the log, as people and programs name it.
public enum LogBound: Equatable, Sendable {
    /// A position of the log.
    case position(UInt64)
    /// A time by the ledger's clock.
    case time(Timestamp)

    /// Reads a point from text: digits alone are a position, everything else is an RFC 3339 time.
    ///
    /// - Parameter text: the text; the initializer returns `nil` where it is neither.
    public init?(_ text: some StringProtocol) {
        if !text.isEmpty, text.isASCIIDigits {
            guard let position = WholeNumber.read(text, in: 0...UInt64.max) else { return nil }
            self = .position(position)
        } else {
            guard let time = Timestamp(rfc3339: String(text)) else { return nil }
            self = .time(time)
        }
    }

    /// The message for a text that names no point; it follows the name of the field.
    public static let problem = "must be a time such as 2027-01-01T00:00:00Z, or a position of the log, which is a whole number."
}
