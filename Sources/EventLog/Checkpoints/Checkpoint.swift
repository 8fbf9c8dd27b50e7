public import Bytes
internal import KeyEvents

/// What is signed of a log: that its first `size` records have this root (C2SP tlog-checkpoint, https://c2sp.org/tlog-checkpoint).
///
///     origin
///     size in decimal digits
///     base64(root, 32 bytes)
///
/// Further lines may follow; they are kept and mean nothing here.
public struct Checkpoint: Equatable, Sendable {
    /// Names the log; no other has the same.
    public let origin: String
    public let size: UInt64
    public let root: Digest32
    /// As it is signed.
    public let text: String

    public init(origin: String, size: UInt64, root: Digest32) {
        self.origin = origin
        self.size = size
        self.root = root
        text = "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n"
    }

    /// `nil` for a text that is no checkpoint.
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

    /// Without leading zeros, so that one size has one form.
    private static func size(_ text: Substring) -> UInt64? {
        guard text.isASCIIDigits, text == "0" || text.first != "0" else { return nil }
        return UInt64(text)
    }
}
