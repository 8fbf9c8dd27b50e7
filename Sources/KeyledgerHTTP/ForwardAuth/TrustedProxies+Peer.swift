public import Bytes
public import HTTPTypes
public import LedgerAPI
public import NIOCore

extension TrustedProxies {
    /// Whether a peer is a trusted proxy. A peer on a Unix socket is one: the permissions of the socket's file say who may connect.
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
        guard contains(peer), ForwardedFields.tellOfAddress(request.headerFields) else { return peer.address }
        return client(of: ForwardedFields(request.headerFields))
    }
}
