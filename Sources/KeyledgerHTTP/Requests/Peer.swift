internal import Bytes
internal import KeyEvents
internal import NIOCore

/// The peer of a connection, with its address parsed once.
struct Peer: Sendable {
    let socket: SocketAddress?
    /// The IP address of the peer; `nil` when it has none, as on a Unix socket.
    let address: IPAddress?

    init(_ socket: SocketAddress?) {
        self.socket = socket
        address = IPAddress(socket)
    }
}
