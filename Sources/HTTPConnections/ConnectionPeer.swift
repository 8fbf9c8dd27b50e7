internal import NIOCore

/// Whose connections are counted together: an IPv4 address, or the network of an IPv6 address, of which one host may take any
/// (RFC 4291 section 2.5.4).
struct ConnectionPeer: Hashable {
    /// The whole IPv4 address, or the first half of the IPv6 address.
    private let bytes: [UInt8]

    /// `nil` where there is no address, as on a Unix socket.
    init?(_ address: SocketAddress) {
        // As the system lays them out: the address stands behind the family and the port, and in IPv6 behind four bytes more.
        let bytes = unsafe address.withSockAddr { unsafe Array(UnsafeRawBufferPointer(start: $0, count: $1)) }
        switch address {
        case .v4:
            self.bytes = Array(bytes[4..<8])
        case .v6:
            let address = bytes[8..<24]
            // An IPv4 address as a socket of both families shows it (section 2.5.5.2).
            let isIPv4 = address.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
            self.bytes = Array(isIPv4 ? address.suffix(4) : address.prefix(8))
        case .unixDomainSocket:
            return nil
        }
    }
}
