/// The challenge that `WWW-Authenticate` holds where a better bearer token would help (RFC 6750 section 3).
package enum BearerChallenge {
    /// Returns the text of a challenge.
    ///
    /// - Parameters:
    ///   - realm: The realm, in characters that a quoted string may hold.
    ///   - error: The error code; `nil` where no token was sent.
    ///   - scopes: The scopes that the call needs.
    /// - Returns: The value of the header field.
    package static func text(realm: String, error: String? = nil, scopes: [String] = []) -> String {
        var text = "Bearer realm=\"\(realm)\""
        if let error { text += ", error=\"\(error)\"" }
        if !scopes.isEmpty { text += ", scope=\"\(scopes.joined(separator: " "))\"" }
        return text
    }
}
