public import Logging
public import NIOCore

/// A check whether requests to a listener can be read on their way: no server here speaks TLS itself.
public enum PlainHTTP {
    /// Logs a warning when a listener can be reached from other machines.
    ///
    /// - Parameters:
    ///   - address: The listener's address; `nil` or a Unix socket when no other machine can reach it.
    ///   - logger: The logger of the server.
    public static func warn(_ address: SocketAddress?, _ logger: Logger) {
        guard let address, !isLocal(address) else { return }
        logger.warning(
            """
            plain HTTP is answered on \(address), which other machines reach: keys and sessions can be read on the way. Listen on 127.0.0.1 \
            behind a proxy that speaks TLS, or see to it that nothing but the proxy reaches this port
            """)
    }

    static func isLocal(_ address: SocketAddress) -> Bool {
        // The system's layout puts the address behind the family and the port, and in IPv6 behind four more bytes.
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
