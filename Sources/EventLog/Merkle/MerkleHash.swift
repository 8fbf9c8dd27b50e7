public import Bytes
internal import Crypto
internal import KeyEvents

/// The hashes of RFC 6962 section 2.1, all of them SHA-256.
public enum MerkleHash {
    /// The root of a tree without leaves: SHA-256 of no bytes.
    public static let empty = Digest32(SHA256.hash(data: [UInt8]()))

    /// Returns the hash of a leaf: `SHA-256(0x00 ‖ record)`.
    public static func leaf(_ record: Span<UInt8>) -> Digest32 {
        var hasher = SHA256()
        update(&hasher, [0x00 as UInt8].span)
        update(&hasher, record)
        return Digest32(hasher.finalize())
    }

    /// Returns the hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
    public static func node(_ left: Digest32, _ right: Digest32) -> Digest32 {
        var bytes = [65 of UInt8](repeating: 0x01)
        let (left, right) = (left.inlineBytes, right.inlineBytes)
        for index in 0..<32 {
            bytes[1 + index] = left[index]
            bytes[33 + index] = right[index]
        }
        var hasher = SHA256()
        update(&hasher, bytes.span)
        return Digest32(hasher.finalize())
    }

    private static func update(_ hasher: inout SHA256, _ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    }
}

extension Digest32 {
    /// The first four bytes as a number, the most significant first.
    var leading32: UInt32 { UInt32(truncatingIfNeeded: words.0 >> 32) }
}
