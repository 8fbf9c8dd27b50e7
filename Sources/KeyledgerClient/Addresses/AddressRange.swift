/// A range of addresses in CIDR notation, or one address.
struct AddressRange: Hashable {
    private let base: UInt128
    private let mask: UInt128
    private let isIPv4: Bool

    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = ClientAddress(first), !text.contains("%") else { return nil }
        let isDotted = !first.contains(":")
        var open = 0
        if parts.count == 2 {
            guard let length = UInt8(parts[1]), parts[1].utf8.first != UInt8(ascii: "+"), length <= (isDotted ? 32 : 128) else {
                return nil
            }
            open = (isDotted ? 32 : 128) - Int(length)
        }
        mask = open == 128 ? 0 : UInt128.max << UInt128(open)
        base = address.bits & mask
        isIPv4 = open <= 32 && address.isIPv4
    }

    /// A range holds addresses of its own family only: `::/0` is nothing of IPv4.
    func contains(_ address: ClientAddress) -> Bool { address.bits & mask == base && address.isIPv4 == isIPv4 }
}
