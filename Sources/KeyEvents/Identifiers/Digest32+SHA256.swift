public import Bytes
public import Crypto

extension Digest32 {
    public init(_ digest: SHA256.Digest) {
        let words = unsafe digest.withUnsafeBytes { bytes in
            let bytes = unsafe Span<UInt8>(_unsafeBytes: bytes)
            return (bytes.bigEndian(at: 0), bytes.bigEndian(at: 8), bytes.bigEndian(at: 16), bytes.bigEndian(at: 24))
        }
        self.init(words: words)
    }
}
