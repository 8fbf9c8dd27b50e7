internal import Bytes
internal import EventLog

/// The totals of a log that was read to its end.
package struct ScanTotals: Codable, Equatable, Sendable {
    /// One more than the last position.
    package let size: UInt64
    /// The root of the tree in base64, as in a checkpoint; `nil` where some records could not be read.
    package let root: String?
    /// The number of records that were read.
    package let records: UInt64
    /// The number of checkpoints that the log extends.
    package let checkpoints: Int
    /// The number of records that the largest checkpoint covers.
    package let covered: UInt64

    init(_ scan: LogVerifier.Outcome, checkpoints known: [Checkpoint]) {
        size = scan.size
        root = scan.root.map { Base64.encode($0.bytes) }
        records = scan.records
        checkpoints = scan.checkpoints
        covered = known.map(\.size).max() ?? 0
    }
}
