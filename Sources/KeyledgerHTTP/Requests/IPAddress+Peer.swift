internal import Bytes
internal import KeyEvents
internal import NIOCore

extension IPAddress {
    /// The address of the connection's peer; `nil` when it has none.
    init?(_ peer: SocketAddress?) {
        guard let text = peer?.ipAddress, let address = IPAddress(text) else { return nil }
        self = address
    }
}
