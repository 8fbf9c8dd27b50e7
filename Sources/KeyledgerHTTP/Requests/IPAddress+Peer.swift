internal import Bytes
internal import KeyEvents
internal import NIOCore

extension IPAddress {
    /// Who is connected; `nil` where that has no address.
    init?(_ peer: SocketAddress?) {
        guard let text = peer?.ipAddress, let address = IPAddress(text) else { return nil }
        self = address
    }
}
