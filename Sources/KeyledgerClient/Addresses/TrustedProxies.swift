internal import Bytes

/// The reverse proxies that may say whom they speak for, as ranges in CIDR notation.
public struct TrustedProxies: Sendable {
    private let networks: TrustedNetworks

    /// Nobody: a client's address is that of its connection.
    public static let none = TrustedProxies(TrustedNetworks([]))

    private init(_ networks: TrustedNetworks) { self.networks = networks }

    /// Such as `["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"]`.
    public init(_ ranges: [String]) throws(BadRange) {
        networks = TrustedNetworks(
            try ranges.map { text throws(BadRange) in
                guard let network = IPNetwork(text) else { throw BadRange(text: text) }
                return network
            })
    }

    /// A range that is none.
    public struct BadRange: Error, CustomStringConvertible {
        public let text: String

        public var description: String { "“\(text)” is neither an address nor a range such as 10.0.0.0/8." }
    }

    /// Whom a call is from: the connection's peer or, where that is a trusted proxy, the rightmost hop of `X-Forwarded-For` that is
    /// none. Whatever stands further left, anybody may have written.
    ///
    /// - Parameters:
    ///   - peer: the address of the connection; `nil` for a Unix socket.
    ///   - forwardedFor: the values of all `X-Forwarded-For` fields, in their order.
    /// - Returns: an address without a port; `nil` where nobody knows.
    func client(peer: String?, forwardedFor: [String]) -> String? {
        guard let peer = peer.flatMap({ IPAddress($0) }) else { return nil }
        let isForwarded = networks.contains(peer) && !forwardedFor.isEmpty
        return (isForwarded ? networks.client(forwardedFor: forwardedFor) : peer)?.description
    }
}
