public import Bytes
internal import KeyEvents

/// A checkpoint, which is what is signed of a log: that its first `size` records have this root (C2SP tlog-checkpoint,
/// https://c2sp.org/tlog-checkpoint).
///
///     origin
///     size in decimal digits
///     base64(root, 32 bytes)
///
/// Further lines may follow; they are kept and have no meaning here.
public struct Checkpoint: Equatable, Sendable {
    /// The name of the log, which no other log has.
    public let origin: String
    /// The number of records.
    public let size: UInt64
    /// The root of the Merkle tree over them.
    public let root: Digest32
    /// The text of the checkpoint as it is signed.
    public let text: String

    /// Creates a checkpoint.
    ///
    /// - Parameters:
    ///   - origin: The name of the log.
    ///   - size: The number of records.
    ///   - root: The root of the Merkle tree over them.
    public init(origin: String, size: UInt64, root: Digest32) {
        self.origin = origin
        self.size = size
        self.root = root
        text = "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n"
    }

    /// Reads a checkpoint; `nil` for a text that is not one.
    public init?(text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last == "", !lines[0].isEmpty, lines.dropLast().allSatisfy({ !$0.isEmpty }),
            let size = Self.size(lines[1]), let root = Base64.decode(lines[2]).flatMap({ Digest32($0) })
        else { return nil }
        origin = String(lines[0])
        self.size = size
        self.root = root
        self.text = text
    }

    /// Reads a size without leading zeros, so that one size has one form.
    private static func size(_ text: Substring) -> UInt64? {
        guard text.isASCIIDigits, text == "0" || text.first != "0" else { return nil }
        return UInt64(text)
    }
}
