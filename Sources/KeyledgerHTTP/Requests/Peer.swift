internal import Bytes
internal import KeyEvents
internal import NIOCore

/// Who is connected: the other end of a connection, looked at once.
struct Peer: Sendable {
    let socket: SocketAddress?
    /// `nil` where that has no address, as on a Unix socket.
    let address: IPAddress?

    init(_ socket: SocketAddress?) {
        self.socket = socket
        address = IPAddress(socket)
    }
}
