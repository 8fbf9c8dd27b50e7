public import Bytes
internal import Crypto
internal import KeyEvents

/// The name of a log in its checkpoints: `keyledger/<log id, 32 hexadecimal digits>`, and since its key was changed for the first time
/// `/<16 hexadecimal digits>` behind it, the first 8 bytes of SHA-256 over the public key. No other log has the same, nor has the same log
/// with another key, but for the key that it began with.
public struct LogOrigin: Hashable, Sendable {
    public let logID: Bytes16
    /// Of the key's public half; `nil`: the key that the log began with.
    public let key: UInt64?

    public init(_ logID: Bytes16, key: UInt64? = nil) {
        self.logID = logID
        self.key = key
    }

    /// `publicKey`: the 32 bytes of the key that takes the place of another.
    public init(_ logID: Bytes16, publicKey: [UInt8]) {
        self.init(logID, key: Digest32(SHA256.hash(data: publicKey)).words.0)
    }

    /// `nil` for what is no origin of a log of ours.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), parts[0] == "keyledger", let logID = Bytes16(hex: parts[1]) else { return nil }
        self.init(logID, key: parts.count == 3 ? UInt64(parts[2], radix: 16) : nil)
        guard description == text else { return nil }
    }
}

extension LogOrigin: CustomStringConvertible {
    public var description: String { "keyledger/\(logID.hex)" + (key.map { "/\($0.hex)" } ?? "") }
}
