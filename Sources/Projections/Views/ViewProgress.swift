internal import Bytes
internal import EventLog
internal import KeyEvents
internal import Storage

/// How far a view has read which log; stored in the transaction that stores what was read.
///
/// code version (4 bytes) ‖ log id (16) ‖ next position (8, big-endian) ‖ leaf hash of the last record read (32; zero before
/// the first)
public struct ViewProgress: Equatable, Sendable {
    /// Of the code that fills the views. A generation filled by older code is filled anew; older code leaves it alone.
    static let codeVersion: UInt32 = 6

    let version: UInt32
    let logID: Bytes16
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

    /// Whether the log still is the one this was read from.
    func matches(_ reader: LogReader) throws -> Bool {
        try reader.environment.read { transaction in
            guard try reader.logID(transaction) == logID else { return false }
            return next == 0 ? true : try reader.leaf(at: next - 1, transaction) == lastLeaf
        }
    }
}
