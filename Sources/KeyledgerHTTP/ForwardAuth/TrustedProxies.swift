public import Bytes
public import HTTPTypes
public import NIOCore

/// The proxies whose word about the customer's request is taken. Whoever connects through a Unix socket is among them: its file
/// says who may.
public struct TrustedProxies: Sendable {
    /// Proxies on this host.
    public static let loopback = TrustedProxies(["127.0.0.0/8", "::1"].compactMap { IPNetwork($0) })

    private let networks: TrustedNetworks

    public init(_ networks: [IPNetwork]) { self.networks = TrustedNetworks(networks) }

    func contains(_ address: IPAddress) -> Bool { networks.contains(address) }

    func contains(_ peer: Peer) -> Bool {
        if case .unixDomainSocket = peer.socket { return true }
        return peer.address.map { contains($0) } ?? false
    }

    /// Who sent a request: whoever is connected or, where that is a trusted proxy that tells of somebody else, whom it tells of.
    ///
    /// - Parameters:
    ///   - request: the head as it came.
    ///   - peer: the other end of the connection.
    /// - Returns: `nil` where it cannot be known: there is no address, or what the proxy tells contradicts itself.
    public func client(of request: HTTPRequest, from peer: SocketAddress?) -> IPAddress? {
        client(of: request, from: Peer(peer))
    }

    /// As above, of a connection that was looked at already.
    func client(of request: HTTPRequest, from peer: Peer) -> IPAddress? {
        guard contains(peer), OriginalRequest.tellsOfAddress(request.headerFields) else { return peer.address }
        return OriginalRequest(request, target: nil, trusted: self).address
    }

    /// The customer's address by the fields of `X-Forwarded-For` that a trusted proxy sent.
    func client(forwardedFor fields: [String]) -> IPAddress? { networks.client(forwardedFor: fields) }
}
