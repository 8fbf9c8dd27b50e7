internal import Bytes

/// The rule for environments, which separate keys of one account that must not be mixed up, such as `live` and `test`. The
/// environment is part of the key's text.
public enum KeyEnvironment {
    /// The environment of a key where none is named.
    public static let `default` = "live"

    /// Returns whether a text can be the name of an environment: 1 to 16 lowercase letters or digits, the first a letter.
    ///
    /// - Parameter text: The text to check.
    /// - Returns: `true` where the text is a valid name.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        (1...16).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0.isASCIILowercase || $0.isASCIIDigit }
            && (text.utf8.first?.isASCIILowercase ?? false)
    }
}
