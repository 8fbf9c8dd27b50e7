public import Bytes
public import KeyEvents
internal import Storage

/// The end of the log.
public struct LogHead: Equatable, Sendable {
    /// The position that the next record gets.
    public let next: UInt64
    /// The times of the last record; `nil` for an empty log.
    public let time: RecordTime?
    /// The leaf hash of the last record.
    public let leaf: Digest32?

    static let empty = LogHead(next: 0, time: nil, leaf: nil)

    /// The stamp of the last record; the earliest time for an empty log.
    public var recordedAt: Timestamp { time?.recordedAt ?? Timestamp(microseconds: .min) }

    /// Reads the position of the last record.
    ///
    /// - Returns: the position; `nil` for an empty log.
    /// - Throws: the errors of reading the log.
    public var last: UInt64? { next == 0 ? nil : next - 1 }
}
