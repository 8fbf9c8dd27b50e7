internal import Bytes

/// Names an account of the host product. It exists from its first key.
/// 1 to 64 characters of `A-Z a-z 0-9 . _ : - @`, so that it can stand in paths, files and logs unescaped.
public struct AccountID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let description: String

    /// Acts on all accounts; holds the key that `init` makes and the service keys of calling services.
    public static let `operator` = AccountID(trusted: "operator")

    public init?(_ text: some StringProtocol) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        description = String(text)
    }

    /// For text that was checked when it was stored.
    public init(trusted text: String) { description = text }

    public var isOperator: Bool { self == .operator }

    private static func isAllowed(_ byte: UInt8) -> Bool { byte.isASCIILetterOrDigit || "._:-@".utf8.contains(byte) }

    public static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}
