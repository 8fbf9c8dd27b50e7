import Bytes
import Crypto
import KeyEvents

/// The tree as RFC 6962 section 2.1 defines it, word for word.
enum NaiveMerkle {
    static func leaf(_ record: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: [0] + record)) }

    /// Returns the root of a tree with these leaf hashes.
    static func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        guard leaves.count > 1 else { return leaves.first ?? Array(SHA256.hash(data: [UInt8]())) }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let middle = leaves.startIndex + split
        return Array(SHA256.hash(data: [1] + root(leaves[..<middle]) + root(leaves[middle...])))
    }

    static func root(ofRecords records: [[UInt8]]) -> [UInt8] { root(records.map(leaf)[...]) }
}
