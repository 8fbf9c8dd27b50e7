/// The reason why an event cannot become a record, or why bytes are not one.
public enum RecordError: Error, Equatable, Sendable {
    /// The record has `bytes` bytes, more than `EventCodec.maximumRecordBytes`.
    case tooLarge(bytes: Int)
    /// The bytes are not an event. The text is a clause that continues "the record …".
    case malformed(String)
}
