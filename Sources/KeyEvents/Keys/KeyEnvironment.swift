internal import Bytes

/// Separates keys of one account that must not be mixed up, such as `live` and `test`. It is part of the key's text.
public enum KeyEnvironment {
    public static let `default` = "live"

    /// 1 to 16 lowercase letters or digits, the first a letter.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        (1...16).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit }
            && (text.utf8.first?.isASCIILowercase ?? false)
    }
}
