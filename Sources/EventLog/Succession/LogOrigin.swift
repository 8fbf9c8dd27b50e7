public import Bytes
internal import Crypto
internal import KeyEvents

/// The name of a log in its checkpoints: `keyledger/<log id, 32 hexadecimal digits>`. Once the log's key has been changed, `/<16
/// hexadecimal digits>` follows: the first 8 bytes of SHA-256 over the public key. No other log has the same name. A log has a
/// different name for each of its keys, except that the key that it began with is not named.
public struct LogOrigin: Hashable, Sendable {
    /// The id of the log.
    public let logID: Bytes16
    /// The first 8 bytes of SHA-256 over the public key, big-endian; `nil` for the key that the log began with.
    public let key: UInt64?

    /// Creates an origin.
    ///
    /// - Parameters:
    ///   - logID: The id of the log.
    ///   - key: The first 8 bytes of SHA-256 over the public key, big-endian; `nil` for the key that the log began with.
    public init(_ logID: Bytes16, key: UInt64? = nil) {
        self.logID = logID
        self.key = key
    }

    /// Creates the origin that belongs to a key that replaces another.
    ///
    /// - Parameters:
    ///   - logID: The id of the log.
    ///   - publicKey: The 32 bytes of the new public key.
    public init(_ logID: Bytes16, publicKey: [UInt8]) {
        self.init(logID, key: Digest32(SHA256.hash(data: publicKey)).words.0)
    }

    /// Reads an origin; `nil` for a text that is not the origin of a Keyledger log.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts[0] == "keyledger", let logID = Bytes16(hex: parts[1]) else { return nil }
        self.init(logID, key: parts.count == 3 ? UInt64(parts[2], radix: 16) : nil)
        guard description == text else { return nil }
    }
}

extension LogOrigin: CustomStringConvertible {
    /// The origin as it stands in checkpoints.
    public var description: String { "keyledger/\(logID.hex)" + (key.map { "/\($0.hex)" } ?? "") }
}
