/// A range of addresses in CIDR notation (RFC 4632 section 3.1, RFC 4291 section 2.3): `192.0.2.0/24`, `2001:db8::/32`. An
/// address without a prefix length is the range of that address alone.
public struct IPNetwork: Hashable, Sendable {
    /// The first address of the range; the bits behind the prefix are zero.
    private let base: IPAddress
    /// The length of the prefix in the 128 bits of an IPv6 address.
    private let prefixLength: Int

    /// Reads a range. The result is `nil` for text that is neither an address nor a range, and for an address with a zone.
    ///
    /// Bits behind the prefix are cleared: `192.0.2.7/24` is `192.0.2.0/24`. A range of mapped addresses (`::ffff:0:0/96` and
    /// below) is the IPv4 range.
    ///
    /// - Parameter text: An address, with or without a slash and a prefix length in bits.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = parts.first.flatMap({ IPAddress($0) }), !text.utf8.contains(UInt8(ascii: "%")) else { return nil }
        let isDotted = !parts[0].utf8.contains(UInt8(ascii: ":"))
        var length = 128
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].isASCIIDigits,
                let number = Int(parts[1]), number <= (isDotted ? 32 : 128)
            else { return nil }
            length = isDotted ? 96 + number : number
        }
        prefixLength = length
        base = IPAddress(bits: address.bits & Self.mask(length))
    }

    /// Returns whether the range contains an address. A range contains addresses of its own family only: `::/0` is all of IPv6 and
    /// nothing of IPv4.
    ///
    /// - Parameter address: The address.
    /// - Returns: `true` where the address lies in the range.
    public func contains(_ address: IPAddress) -> Bool {
        address.bits & Self.mask(prefixLength) == base.bits && address.isIPv4 == isIPv4
    }

    /// Returns whether the range contains all addresses of another range.
    ///
    /// - Parameter other: The other range.
    /// - Returns: `true` where the other range lies in this one.
    public func contains(_ other: IPNetwork) -> Bool {
        other.prefixLength >= prefixLength && contains(other.base) && other.isIPv4 == isIPv4
    }

    private var isIPv4: Bool { prefixLength >= 96 && base.isIPv4 }

    private static func mask(_ length: Int) -> UInt128 { length == 0 ? 0 : UInt128.max << UInt128(128 - length) }
}

extension IPNetwork: CustomStringConvertible {
    /// The range in CIDR notation, or the address alone where the range contains one address.
    public var description: String {
        let length = isIPv4 ? prefixLength - 96 : prefixLength
        return prefixLength == 128 ? base.description : "\(base)/\(length)"
    }
}
