internal import Glibc

/// An IPv4 or IPv6 address. An IPv4 address mapped into IPv6 (`::ffff:192.0.2.1`), as sockets for both show it, is the IPv4 address.
struct ClientAddress: Hashable {
    /// IPv4 as the mapped address of RFC 4291 section 2.5.5.2.
    let bits: UInt128

    var isIPv4: Bool { bits >> 32 == 0xFFFF }

    /// `nil` for whatever is no address. A zone (`%eth0`) names a link of this host and is left out.
    init?(_ text: some StringProtocol) {
        let plain = String(text.prefix { $0 != "%" })
        var four = in_addr()
        var six = in6_addr()
        if unsafe inet_pton(AF_INET, plain, &four) == 1 {
            bits = 0xFFFF << 32 | UInt128(UInt32(bigEndian: four.s_addr))
        } else if unsafe inet_pton(AF_INET6, plain, &six) == 1 {
            bits = unsafe withUnsafeBytes(of: six) { bytes in unsafe bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
        } else {
            return nil
        }
    }

    /// As proxies write it: perhaps between spaces, perhaps with a port, and IPv6 then in brackets.
    init?(hop text: some StringProtocol) {
        let trimmed = text.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }
        if trimmed.hasPrefix("[") {
            self.init(trimmed.dropFirst().prefix { $0 != "]" })
        } else if trimmed.contains("."), let colon = trimmed.firstIndex(of: ":"), !trimmed[colon...].dropFirst().contains(":") {
            self.init(trimmed[..<colon])
        } else {
            self.init(trimmed)
        }
    }

    var text: String {
        if isIPv4 { return (0..<4).map { "\(UInt8(truncatingIfNeeded: bits >> UInt128(8 * (3 - $0))))" }.joined(separator: ".") }
        return (0..<8).map { String(UInt16(truncatingIfNeeded: bits >> UInt128(16 * (7 - $0))), radix: 16) }.joined(separator: ":")
    }
}
