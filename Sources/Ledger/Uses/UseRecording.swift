/// The ways in which uses are recorded: when the caller of a verification gets the response, and how many uses one record covers.
public enum UseRecording: Sendable, Equatable {
    /// The response is sent when the use is on disk; the use shares its commit with others that wait.
    case durable
    /// The response is sent at once, and the use waits for up to some 20 ms to share a commit. A crash loses no more than the uses of
    /// that time, and never more than `LedgerWriter.bufferedUses`; where the buffer is full, callers wait.
    case buffered
    /// The caller is answered at once, and there is one record per key and window of so long. A crash loses at most one window.
    case aggregated(window: Duration)
}
