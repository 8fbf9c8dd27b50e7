/// A right in the host product's API, such as `listings:read`. Keyledger compares scopes and knows nothing more of them.
public enum Scope {
    /// Most scopes a key may hold, or a call may ask for.
    public static let maximumCount = 100

    /// 1 to 128 characters of an OAuth scope-token (RFC 6749 section 3.3): printable ASCII but `"` and `\`.
    /// A `*` stands alone or ends the scope after a `:`.
    public static func isValid(_ scope: some StringProtocol) -> Bool {
        let bytes = scope.utf8
        guard (1...128).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }) else {
            return false
        }
        let stars = bytes.count { $0 == UInt8(ascii: "*") }
        return stars == 0 || (stars == 1 && (scope == "*" || scope.hasSuffix(":*")))
    }

    /// Whether holding some of `held` permits `asked`.
    public static func permits(_ held: [String], _ asked: String) -> Bool {
        let asked = Array(asked.utf8)
        return held.contains { permits(held: Array($0.utf8).span, asked: asked.span) }
    }

    /// Whether holding `held` permits `asked`: the same text, or `held` is `*`, or ends in `:*` and `asked` lies below it.
    /// `asked` is compared as text, so asking for `listings:*` wants just that, or more.
    public static func permits(held: Span<UInt8>, asked: Span<UInt8>) -> Bool {
        if held.count == 1, held[0] == UInt8(ascii: "*") { return true }
        let isWildcard = held.count >= 2 && held[held.count - 1] == UInt8(ascii: "*") && held[held.count - 2] == UInt8(ascii: ":")
        let compared = isWildcard ? held.count - 1 : held.count
        guard isWildcard ? asked.count > compared : asked.count == compared else { return false }
        for index in 0..<compared where held[index] != asked[index] { return false }
        return true
    }
}
