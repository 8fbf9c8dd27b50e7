internal import Foundation

/// base64url without padding (RFC 4648 section 5), for what stands in addresses.
package enum Base64URL {
    package static func text(_ bytes: [UInt8]) -> String {
        String(Data(bytes).base64EncodedString().filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    /// `nil` for anything but what `text` gives.
    package static func bytes(_ text: String) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        let base64 = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }) + padding
        guard let data = Data(base64Encoded: base64), Self.text(Array(data)) == text else { return nil }
        return Array(data)
    }
}
