public import Bytes

/// The stored data of a secret: its digest and a hint that may be shown, never the secret.
public struct SecretRecord: Equatable, Sendable {
    /// The algorithms that a digest can be made by. The raw value is the number on the wire (`DigestAlgorithm` in
    /// `events.proto`).
    public enum DigestAlgorithm: UInt8, Sendable {
        case sha256 = 1
    }

    /// The number of the secret among those of its key: 1 for the first, 2 for the second, and so on.
    public let id: UInt32
    /// The digest of the whole secret.
    public let digest: Digest32
    /// The algorithm that the digest was made by.
    public let algorithm: DigestAlgorithm
    /// The hint: prefix, environment, and the last four characters of the random part, as in `lhql_live_…x9Zk`.
    public let hint: String

    /// Creates the record from its parts, each of which is described at its property.
    public init(id: UInt32, digest: Digest32, algorithm: DigestAlgorithm = .sha256, hint: String) {
        self.id = id
        self.digest = digest
        self.algorithm = algorithm
        self.hint = hint
    }
}
