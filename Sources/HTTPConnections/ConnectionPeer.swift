internal import NIOCore

/// The peer whose connections are counted together: an IPv4 address, or the /64 network of an IPv6 address, in which one host
/// may use any address (RFC 4291 section 2.5.4).
struct ConnectionPeer: Hashable {
    /// The whole IPv4 address, or the first half of the IPv6 address.
    private let bytes: [UInt8]

    /// Determines the peer of a socket address; `nil` when it has no IP address, as on a Unix socket.
    init?(_ address: SocketAddress) {
        // The system's layout puts the address behind the family and the port, and in IPv6 behind four more bytes.
        let bytes = unsafe address.withSockAddr { unsafe Array(UnsafeRawBufferPointer(start: $0, count: $1)) }
        switch address {
        case .v4:
            self.bytes = Array(bytes[4..<8])
        case .v6:
            let address = bytes[8..<24]
            // A socket for both families shows an IPv4 address in this form (section 2.5.5.2).
            let isIPv4 = address.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF])
            self.bytes = Array(isIPv4 ? address.suffix(4) : address.prefix(8))
        case .unixDomainSocket:
            return nil
        }
    }
}
