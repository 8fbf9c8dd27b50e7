internal import Bytes

/// The one accepted spelling of a path. Routers and proxies differ in what they take for the same path: `//v1//verify`,
/// `/v1/./verify`, `/v1/verify/` and `/v1/%76erify` pass a proxy's rule about `/v1/verify`, and would reach that route
/// nevertheless.
public enum PathSpelling {
    /// Whether a path is spelled exactly: it begins with a slash, has no empty segment, no segment that is `.` or `..`, and
    /// percent-encodes only what must be encoded (RFC 3986 section 6.2.2), with two hexadecimal digits. Text that is not a path
    /// is not exact either.
    ///
    /// - Parameter path: The path of a request target in origin form, without its query.
    /// - Returns: Whether there is no other spelling that a router could take for the same path.
    public static func isExact(_ path: String) -> Bool {
        let bytes = path.utf8
        guard bytes.first == slash else { return false }
        if bytes.count == 1 { return true }
        return bytes.dropFirst().split(separator: slash, omittingEmptySubsequences: false).allSatisfy(isSegment)
    }

    private static let slash = UInt8(ascii: "/")

    private static func isSegment(_ bytes: Substring.UTF8View) -> Bool {
        let dot = UInt8(ascii: ".")
        guard !bytes.isEmpty, !(bytes.count <= 2 && bytes.allSatisfy { $0 == dot }) else { return false }
        var rest = bytes
        while let percent = rest.firstIndex(of: UInt8(ascii: "%")) {
            let digits = rest[percent...].dropFirst().prefix(2)
            guard digits.count == 2, digits.allSatisfy(\.isHexDigit), let byte = UInt8(Substring(digits), radix: 16), !isUnreserved(byte)
            else { return false }
            rest = rest[digits.endIndex...]
        }
        return true
    }

    /// Whether a byte means the same with and without percent-encoding (RFC 3986 section 2.3).
    private static func isUnreserved(_ byte: UInt8) -> Bool { byte.isASCIILetterOrDigit || "-._~".utf8.contains(byte) }
}
