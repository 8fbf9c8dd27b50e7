import Bytes
import KeyEvents
import NIOCore
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Whose word about the client is taken")
struct TrustedProxiesTests {
    @Test("Proxies on this host and Unix sockets are trusted, whoever else only when named")
    func peers() throws {
        func peer(_ address: String) throws -> Peer { Peer(try SocketAddress(ipAddress: address, port: 9)) }
        let unix = Peer(try SocketAddress(unixDomainSocketPath: "/tmp/a"))
        let (local, far) = (try peer("127.0.0.1"), try peer("10.0.0.3"))
        #expect([unix, local, try peer("::1")].allSatisfy { TrustedProxies.loopback.contains($0) })
        #expect(!TrustedProxies.loopback.contains(far) && !TrustedProxies.loopback.contains(Peer(nil)))
        let named = TrustedProxies(["10.0.0.0/8"].compactMap { IPNetwork($0) })
        #expect(named.contains(far) && named.contains(unix) && !named.contains(local))
    }
}
