internal import Bytes

/// The name of an account of the host product. An account exists from its first key on. The name has 1 to 64 characters of `A-Z
/// a-z 0-9 . _ : - @`, so that it can stand in paths, files and logs without escaping.
public struct AccountID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The text of the name.
    public let description: String

    /// The account that may act on all accounts. It holds the key that `init` makes and the service keys of calling services.
    public static let `operator` = AccountID(trusted: "operator")

    /// Creates the id from text that comes from outside. The result is `nil` unless the text has 1 to 64 of the allowed
    /// characters.
    ///
    /// - Parameter text: The name of the account.
    public init?(_ text: some StringProtocol) {
        guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy(Self.isAllowed) else { return nil }
        description = String(text)
    }

    /// Creates the id from text that was checked when it was stored.
    ///
    /// - Parameter text: The name of the account.
    public init(trusted text: String) { description = text }

    /// Whether this is the operator's account.
    public var isOperator: Bool { self == .operator }

    private static func isAllowed(_ byte: UInt8) -> Bool { byte.isASCIILetterOrDigit || "._:-@".utf8.contains(byte) }

    /// Orders accounts by the text of their names.
    public static func < (a: Self, b: Self) -> Bool { a.description < b.description }
}
