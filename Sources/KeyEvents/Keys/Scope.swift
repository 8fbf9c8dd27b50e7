/// The rules for scopes. A scope is a right in the host product's API, such as `listings:read`; Keyledger compares scopes and
/// knows nothing more of them.
public enum Scope {
    /// The maximum number of scopes that a key may hold or a call may ask for.
    public static let maximumCount = 100

    /// Returns whether a text can be a scope: 1 to 128 characters of an OAuth scope-token (RFC 6749 section 3.3), which are
    /// printable ASCII without `"` and `\`. A `*` stands alone or ends the scope after a `:`.
    ///
    /// - Parameter scope: The text to check.
    /// - Returns: `true` where the text is a valid scope.
    public static func isValid(_ scope: some StringProtocol) -> Bool {
        let bytes = scope.utf8
        guard (1...128).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }) else {
            return false
        }
        let stars = bytes.count { $0 == UInt8(ascii: "*") }
        return stars == 0 || (stars == 1 && (scope == "*" || scope.hasSuffix(":*")))
    }

    /// Returns whether at least one of the held scopes permits another scope.
    ///
    /// - Parameters:
    ///   - held: The scopes that are held.
    ///   - asked: The scope that is needed.
    /// - Returns: `true` where one of the held scopes permits the other.
    public static func permits(_ held: [String], _ asked: String) -> Bool {
        let asked = Array(asked.utf8)
        return held.contains { permits(held: Array($0.utf8).span, asked: asked.span) }
    }

    /// Returns whether one held scope permits another: both are the same text, or `held` is `*`, or `held` ends in `:*` and
    /// `asked` begins with what stands before the `*` and is longer. `asked` is compared as text, so a call that needs
    /// `listings:*` needs exactly that scope or a wider one.
    ///
    /// - Parameters:
    ///   - held: The bytes of the scope that is held.
    ///   - asked: The bytes of the scope that is needed.
    /// - Returns: `true` where the held scope permits the other.
    public static func permits(held: Span<UInt8>, asked: Span<UInt8>) -> Bool {
        if held.count == 1, held[0] == UInt8(ascii: "*") { return true }
        let isWildcard = held.count >= 2 && held[held.count - 1] == UInt8(ascii: "*") && held[held.count - 2] == UInt8(ascii: ":")
        let compared = isWildcard ? held.count - 1 : held.count
        guard isWildcard ? asked.count > compared : asked.count == compared else { return false }
        for index in 0..<compared where held[index] != asked[index] { return false }
        return true
    }
}
