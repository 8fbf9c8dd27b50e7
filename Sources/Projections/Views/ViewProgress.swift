internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// How far a view has read which log. It is stored in the transaction that stores what was read.
///
/// It is encoded as code version (4 bytes) ‖ log id (16) ‖ next position (8, big-endian) ‖ leaf hash of the last record read (32;
/// zero before the first).
public struct ViewProgress: Equatable, Sendable {
    /// The version of the code that fills the views. A generation filled by older code is filled again; older code leaves a newer
    /// one alone.
    static let codeVersion: UInt32 = 7

    let version: UInt32
    let logID: Bytes16
    /// The position of the next record to read.
    public let next: UInt64
    let lastLeaf: Digest32?

    func encode() -> [UInt8] {
        version.bigEndianBytes + logID.bytes + next.bigEndianBytes + (lastLeaf?.bytes ?? [UInt8](repeating: 0, count: 32))
    }

    init(logID: Bytes16, next: UInt64, lastLeaf: Digest32?) {
        version = Self.codeVersion
        self.logID = logID
        self.next = next
        self.lastLeaf = lastLeaf
    }

    init?(_ bytes: borrowing Span<UInt8>) {
        guard bytes.count == 60, let logID = Bytes16(bytes.extracting(4..<20).copy()) else { return nil }
        version = bytes.bigEndian(as: UInt32.self)
        self.logID = logID
        next = bytes.bigEndian(at: 20)
        lastLeaf = next == 0 ? nil : Digest32(bytes.extracting(28..<60).copy())
    }

    /// Returns whether the log still is the one that the view was read from.
    func matches(_ reader: LogReader) throws -> Bool {
        try reader.environment.read { transaction in
            guard try reader.logID(transaction) == logID else { return false }
            return next == 0 ? true : try reader.leaf(at: next - 1, transaction) == lastLeaf
        }
    }
}
