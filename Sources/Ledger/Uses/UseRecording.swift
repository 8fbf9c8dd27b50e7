/// When the caller of a validation is answered, and how uses stand in the log.
public enum UseRecording: Sendable, Equatable {
    /// When the use is on disk; it shares its commit with others that wait.
    case durable
    /// At once. A crash loses at most the uses of the last moments, `LedgerWriter.bufferedUses` at the very most: they wait for some
    /// 20 ms to share a commit. A full buffer makes callers wait.
    case buffered
    /// At once, and one record a key and window of so many seconds. A crash loses at most one window.
    case aggregated(seconds: Int64)
}
