internal import Bytes
internal import KeyEvents
internal import Storage

/// The log cut into tiles of 256 (C2SP tlog-tiles, https://c2sp.org/tlog-tiles), worked out as they are asked for. All but the last
/// of each level are full, and never change.
public struct Tiles: Sendable {
    public static let width = 256

    private let reader: LogReader
    private let tree: MerkleTree

    public init(_ reader: LogReader) {
        self.reader = reader
        tree = MerkleTree(reader)
    }

    /// The hashes numbered from 256·`index` on among those of height 8·`level`, `width` of them, 32 bytes each, one after the other.
    /// `nil`: the log has not so many yet.
    public func hashes(level: Int, index: UInt64, width: Int) throws -> [UInt8]? {
        try reader.environment.read { transaction in
            let count = try reader.next(transaction) >> UInt64(8 * level)
            guard let first = Self.first(index, width, of: count) else { return nil }
            return try tree.nodes(height: 8 * level, from: first, count: width, transaction).flatMap(\.bytes)
        }
    }

    /// The records from 256·`index` on, `width` of them, each behind its length (2 bytes, big-endian). `nil`: the log has not so many
    /// yet.
    public func entries(index: UInt64, width: Int) throws -> [UInt8]? {
        try reader.environment.read { transaction in
            guard let first = Self.first(index, width, of: try reader.next(transaction)) else { return nil }
            var bundle: [UInt8] = []
            let end = try reader.scan(from: first, limit: width, transaction) { position, record, _ in
                guard let length = UInt16(exactly: record.count) else {
                    throw LogError.damaged(position: position, what: "the record is longer than any")
                }
                bundle.append(bigEndian: length)
                bundle += record.copy()
                return true
            }
            guard end == first + UInt64(width) else { throw LogError.missing(position: end) }
            return bundle
        }
    }

    private static func first(_ index: UInt64, _ width: Int, of count: UInt64) -> UInt64? {
        let (first, isTooLarge) = index.multipliedReportingOverflow(by: UInt64(Self.width))
        return isTooLarge || count < UInt64(width) || first > count - UInt64(width) ? nil : first
    }
}
