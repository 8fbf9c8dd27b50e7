public import Bytes

/// What is kept of a secret: its digest and a display hint, never the secret.
public struct SecretRecord: Equatable, Sendable {
    public enum DigestAlgorithm: UInt8, Sendable {
        case sha256 = 1
    }

    /// 1 for the first secret of a key, then 2, 3, …
    public let id: UInt32
    public let digest: Digest32
    public let algorithm: DigestAlgorithm
    /// Prefix, environment, and the last four characters of the random part: `lhql_live_…x9Zk`.
    public let hint: String

    public init(id: UInt32, digest: Digest32, algorithm: DigestAlgorithm = .sha256, hint: String) {
        self.id = id
        self.digest = digest
        self.algorithm = algorithm
        self.hint = hint
    }
}
