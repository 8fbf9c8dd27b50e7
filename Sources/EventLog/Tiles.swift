internal import Bytes
internal import KeyEvents
internal import Storage

/// The log cut into tiles of 256 (C2SP tlog-tiles, https://c2sp.org/tlog-tiles), computed on request. All tiles but the last of
/// each level are full and never change.
public struct Tiles: Sendable {
    /// The number of hashes or records in a full tile.
    public static let width = 256

    private let reader: LogReader
    private let tree: MerkleTree

    /// Creates the tiles of a log.
    public init(_ reader: LogReader) {
        self.reader = reader
        tree = MerkleTree(reader)
    }

    /// Returns the hashes of a tile.
    ///
    /// - Parameters:
    ///   - level: The level of the tile. Its hashes have the height 8·`level`.
    ///   - index: The number of the tile in its level. Its hashes are those from number 256·`index` on.
    ///   - width: The number of hashes, 1 to 256.
    /// - Returns: The hashes, 32 bytes each, one after the other; `nil` where the log does not have so many yet.
    /// - Throws: `LogError` where the log or its tree is damaged, and `StorageError` where it cannot be read.
    public func hashes(level: Int, index: UInt64, width: Int) throws -> [UInt8]? {
        try reader.environment.read { transaction in
            let count = try reader.next(transaction) >> UInt64(8 * level)
            guard let first = Self.first(index, width, of: count) else { return nil }
            return try tree.nodes(height: 8 * level, from: first, count: width, transaction).flatMap(\.bytes)
        }
    }

    /// Returns the records of a tile.
    ///
    /// - Parameters:
    ///   - index: The number of the tile. Its records are those from position 256·`index` on.
    ///   - width: The number of records, 1 to 256.
    /// - Returns: The records, each behind its length (2 bytes, big-endian); `nil` where the log does not have so many yet.
    /// - Throws: `LogError` where the log is damaged, and `StorageError` where it cannot be read.
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
