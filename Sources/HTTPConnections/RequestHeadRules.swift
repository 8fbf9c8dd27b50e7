internal import Bytes
internal import NIOHTTP1

/// The rules that make everyone on a request's way see the same request: where it ends (RFC 9112 section 6.3), and for which
/// host it is (section 3.2). If two could read it differently, one of them would take a part of one request for the next.
enum RequestHeadRules {
    /// Checks the head of a request and normalizes it: the target is in origin form afterwards, and the authority of a target
    /// in absolute form is in `Host`. The target of `CONNECT` and the asterisk of `OPTIONS` stay as they are.
    ///
    /// - Parameters:
    ///   - head: The head as it was received.
    ///   - isLocal: Whether the request came through a Unix socket, which has no authority. Some clients send no `Host` to one,
    ///     so there it may be missing.
    /// - Returns: The normalized head; `nil` when the server must respond with the status 400 and close the connection:
    ///   - `Host` is missing in HTTP/1.1, is there more than once, or is not an authority;
    ///   - `Transfer-Encoding` is anything but `chunked`, once and alone, in HTTP/1.1: no other encoding is decoded here;
    ///   - `Content-Length` is there more than once, is not a number, or stands beside a `Transfer-Encoding`;
    ///   - the target has another form, or a fragment.
    static func read(_ head: HTTPRequestHead, isLocal: Bool) -> HTTPRequestHead? {
        var (hosts, lengths, encodings) = (0, 0, 0)
        for (name, value) in head.headers {
            // The length of most field names already rules out these three.
            switch name.utf8.count {
            case 4 where isSame(name, "host"):
                guard value.isEmpty || isAuthority(value[...]) else { return nil }
                hosts += 1
            case 14 where isSame(name, "content-length"):
                guard !value.isEmpty, value.isASCIIDigits else { return nil }
                lengths += 1
            case 17 where isSame(name, "transfer-encoding"):
                guard isSame(value, "chunked") else { return nil }
                encodings += 1
            default:
                break
            }
        }
        let isOld = (head.version.major, head.version.minor) < (1, 1)
        guard hosts <= 1, hosts == 1 || isOld || isLocal, lengths <= 1, encodings <= 1, encodings == 0 || lengths == 0 && !isOld else {
            return nil
        }
        return inOriginForm(head)
    }

    private static func inOriginForm(_ head: HTTPRequestHead) -> HTTPRequestHead? {
        if head.method == .CONNECT { return head }
        guard !head.uri.utf8.contains(UInt8(ascii: "#")) else { return nil }
        if head.uri.utf8.first == UInt8(ascii: "/") || head.uri == "*" && head.method == .OPTIONS { return head }
        guard let scheme = ["http://", "https://"].first(where: { isSame(head.uri[...].utf8.prefix($0.utf8.count), $0) }) else {
            return nil
        }
        let rest = head.uri[...].utf8.dropFirst(scheme.utf8.count)
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        let authority = Substring(rest[..<end])
        guard !authority.isEmpty, isAuthority(authority) else { return nil }
        var head = head
        let target = Substring(rest[end...])
        head.uri = target.isEmpty && head.method == .OPTIONS ? "*" : target.hasPrefix("/") ? String(target) : "/" + target
        head.headers.replaceOrAdd(name: "Host", value: String(authority))
        return head
    }

    /// Whether a text is a host name or an address, with or without a port. A comma is not accepted: it separates two hosts
    /// that were joined.
    private static func isAuthority(_ text: Substring) -> Bool {
        let bytes = text.utf8
        if bytes.first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            let address = bytes[..<end].dropFirst()
            return !address.isEmpty && address.allSatisfy { isOfName($0) || $0 == UInt8(ascii: ":") }
                && isPort(bytes[bytes.index(after: end)...])
        }
        let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        return end > bytes.startIndex && bytes[..<end].allSatisfy(isOfName) && isPort(bytes[end...])
    }

    /// Whether bytes are a port: nothing, or a colon and digits.
    private static func isPort(_ bytes: Substring.UTF8View) -> Bool {
        bytes.isEmpty || bytes.first == UInt8(ascii: ":") && bytes.dropFirst().allSatisfy(\.isASCIIDigit)
    }

    /// Whether a byte may be in a host name (RFC 3986 section 3.2.2), without the comma.
    private static func isOfName(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || "-._~%!$&'()*+;=".utf8.contains(byte)
    }

    private static func isSame(_ text: String, _ other: String) -> Bool { isSame(text[...].utf8, other) }

    /// Compares a text with a lowercase text, ignoring the case of ASCII letters.
    private static func isSame(_ text: Substring.UTF8View, _ other: String) -> Bool {
        text.elementsEqual(other.utf8) { $0.asciiLowercased == $1 }
    }
}
