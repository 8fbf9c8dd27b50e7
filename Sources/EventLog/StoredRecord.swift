package import Bytes
internal import KeyEvents

/// The layout of a record in the `records` table: the encoded event, followed by the first 4 bytes of its leaf hash, so that a
/// flipped bit is noticed on reading.
package enum StoredRecord {
    package static let checkBytes = 4

    static func value(record: [UInt8], leaf: Digest32) -> [UInt8] {
        var value = record
        complete(&value, leaf: leaf)
        return value
    }

    /// Turns a record into what is stored, by appending its check.
    static func complete(_ record: inout [UInt8], leaf: Digest32) { record.append(bigEndian: leaf.leading32) }

    /// Returns the leaf hash of a stored record. It throws `LogError.damaged` where the record does not match its check.
    package static func checkedLeaf(_ stored: borrowing Span<UInt8>, at position: UInt64) throws(LogError) -> Digest32 {
        let length = stored.count - checkBytes
        guard length >= 0 else { throw .damaged(position: position, what: "the record is cut short") }
        let leaf = MerkleHash.leaf(stored.extracting(0..<length))
        guard stored.bigEndian(at: length, as: UInt32.self) == leaf.leading32 else {
            throw .damaged(position: position, what: "the record does not match its checksum")
        }
        return leaf
    }
}
