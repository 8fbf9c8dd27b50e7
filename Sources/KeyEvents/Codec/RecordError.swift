/// Why an event does not become a record, or bytes are not one.
public enum RecordError: Error, Equatable, Sendable {
    /// The event takes `bytes`, more than `EventCodec.maximumRecordBytes`.
    case tooLarge(bytes: Int)
    case malformed(String)
}
