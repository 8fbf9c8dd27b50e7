internal import Bytes

/// The reverse proxies whose `X-Forwarded-For` field is believed, as address ranges in CIDR notation.
public struct TrustedProxies: Sendable {
    private let networks: TrustedNetworks

    /// No proxy is trusted: the address of a client is that of its connection.
    public static let none = TrustedProxies(TrustedNetworks([]))

    private init(_ networks: TrustedNetworks) { self.networks = networks }

    /// Parses a list of ranges.
    ///
    /// - Parameter ranges: Ranges or single addresses, such as `["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"]`.
    /// - Throws: `BadRange` for the first text that is neither an address nor a range.
    public init(_ ranges: [String]) throws(BadRange) {
        networks = TrustedNetworks(
            try ranges.map { text throws(BadRange) in
                guard let network = IPNetwork(text) else { throw BadRange(text: text) }
                return network
            })
    }

    /// The error of `init(_:)`: a text is neither an address nor a range.
    public struct BadRange: Error, CustomStringConvertible {
        /// The text that could not be parsed.
        public let text: String

        /// One sentence that quotes the text.
        public var description: String { "“\(text)” is neither an address nor a range such as 10.0.0.0/8." }
    }

    /// Determines the client's address: the connection's peer or, when that is a trusted proxy, the rightmost hop of
    /// `X-Forwarded-For` that is not one. Hops further left are ignored, because any client could have written them.
    ///
    /// - Parameters:
    ///   - peer: The address of the connection; `nil` for a Unix socket.
    ///   - forwardedFor: The values of all `X-Forwarded-For` fields, in their order.
    /// - Returns: An address without a port; `nil` when it cannot be determined.
    func client(peer: String?, forwardedFor: [String]) -> String? {
        guard let peer = peer.flatMap({ IPAddress($0) }) else { return nil }
        let isForwarded = networks.contains(peer) && !forwardedFor.isEmpty
        return (isForwarded ? networks.client(forwardedFor: forwardedFor) : peer)?.description
    }
}
