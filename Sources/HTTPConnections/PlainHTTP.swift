public import Logging
public import NIOCore

/// Whether what is sent to a listener can be read on its way: no server here speaks TLS itself.
public enum PlainHTTP {
    /// Warns where a listener can be reached from other machines.
    ///
    /// - Parameters:
    ///   - address: where it listens; `nil`, or a Unix socket: no machine but this one reaches it.
    ///   - logger: of the server.
    public static func warn(_ address: SocketAddress?, _ logger: Logger) {
        guard let address, !isLocal(address) else { return }
        logger.warning(
            """
            plain HTTP is answered on \(address), which other machines reach: keys and sessions can be read on the way. Listen on 127.0.0.1 \
            behind a proxy that speaks TLS, or see to it that nothing but the proxy reaches this port
            """)
    }

    static func isLocal(_ address: SocketAddress) -> Bool {
        // As the system lays them out: behind the family and the port, and in IPv6 behind four bytes more.
        let bytes = unsafe address.withSockAddr { unsafe Array(UnsafeRawBufferPointer(start: $0, count: $1)) }
        switch address {
        case .v4: return bytes[4] == 127
        case .v6:
            return bytes[8..<23].allSatisfy { $0 == 0 } && bytes[23] == 1
                || bytes[8..<21].elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127])
        case .unixDomainSocket: return true
        }
    }
}
