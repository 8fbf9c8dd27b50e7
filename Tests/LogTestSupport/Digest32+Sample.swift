package import Bytes
internal import Crypto
internal import KeyEvents

extension Digest32 {
    /// A leaf hash to build trees of.
    package static func sample(_ number: UInt64) -> Digest32 { Digest32(SHA256.hash(data: number.bigEndianBytes)) }
}
