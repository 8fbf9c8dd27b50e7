public import Bytes
public import HTTPTypes
public import NIOCore

/// The proxies whose statements about a client's request are believed. A peer on a Unix socket is one of them: the permissions
/// of the socket's file say who may connect.
public struct TrustedProxies: Sendable {
    /// The proxies on this host.
    public static let loopback = TrustedProxies(["127.0.0.0/8", "::1"].compactMap { IPNetwork($0) })

    private let networks: TrustedNetworks

    public init(_ networks: [IPNetwork]) { self.networks = TrustedNetworks(networks) }

    func contains(_ address: IPAddress) -> Bool { networks.contains(address) }

    func contains(_ peer: Peer) -> Bool {
        if case .unixDomainSocket = peer.socket { return true }
        return peer.address.map { contains($0) } ?? false
    }

    /// Determines the client that sent a request: the peer of the connection or, when that is a trusted proxy that names a
    /// client, that client.
    ///
    /// - Parameters:
    ///   - request: The head as it was received.
    ///   - peer: The other end of the connection.
    /// - Returns: The client's address; `nil` when it cannot be known: there is no address, or the proxy's statements
    ///   contradict each other.
    public func client(of request: HTTPRequest, from peer: SocketAddress?) -> IPAddress? {
        client(of: request, from: Peer(peer))
    }

    /// Determines the client as above, for a peer that is parsed already.
    func client(of request: HTTPRequest, from peer: Peer) -> IPAddress? {
        guard contains(peer), OriginalRequest.tellsOfAddress(request.headerFields) else { return peer.address }
        return OriginalRequest(request, target: nil, trusted: self).address
    }

    /// The customer's address by the fields of `X-Forwarded-For` that a trusted proxy sent.
    func client(forwardedFor fields: [String]) -> IPAddress? { networks.client(forwardedFor: fields) }
}
