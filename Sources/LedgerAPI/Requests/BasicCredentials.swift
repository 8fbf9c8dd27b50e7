internal import Bytes
internal import Foundation

/// A key in `Authorization: Basic` (RFC 7617): the base64 of a user name, a colon and a password. Clients of OAuth should
/// encode both as form fields first (RFC 6749 section 2.3.1), and some do not. The key is the password, and never the user
/// name, which servers log.
package struct BasicCredentials {
    package let key: String
    package let userName: String

    /// Parses the header; `nil` for another scheme, and for text that is not encoded in this way. The key may be empty.
    package init?(_ header: String) {
        let parts = header.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "basic", let data = Data(base64Encoded: String(parts[1][...].trimmingSpaces)),
            let text = String(validating: data, as: UTF8.self), let colon = text.utf8.firstIndex(of: UInt8(ascii: ":"))
        else { return nil }
        let password = text[text.utf8.index(after: colon)...]
        userName = FormFields.decoded(text[..<colon]) ?? String(text[..<colon])
        key = FormFields.decoded(password) ?? String(password)
    }
}
