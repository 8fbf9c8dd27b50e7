import KeyEvents
import NIOCore
import Testing

@testable import KeyledgerHTTP

@Suite("The client's address by X-Forwarded-For")
struct TrustedProxiesTests {
    private static let proxies = TrustedProxies(["127.0.0.0/8", "::1", "10.0.0.0/8", "2001:db8:ffff::/48"].compactMap { IPNetwork($0) })

    @Test(
        "is the rightmost hop that is no trusted proxy, and never what a client made up",
        arguments: [
            (["192.0.2.7"], "192.0.2.7"),
            (["198.51.100.1, 192.0.2.7"], "192.0.2.7"),
            (["198.51.100.1, 192.0.2.7, 10.0.0.3"], "192.0.2.7"),
            (["198.51.100.1", "192.0.2.7", "10.0.0.3, 127.0.0.1"], "192.0.2.7"),
            (["10.9.9.9, 192.0.2.7"], "192.0.2.7"),
            // Ports, brackets, blanks, another writing.
            (["192.0.2.7:51234"], "192.0.2.7"),
            (["\t192.0.2.7 ,10.0.0.3:80"], "192.0.2.7"),
            (["[2001:db8::7]:443, [2001:db8:ffff::1]"], "2001:db8::7"),
            (["2001:DB8:0::7,::1"], "2001:db8::7"),
            (["::ffff:192.0.2.7"], "192.0.2.7"),
            (["192.0.2.7,,", " "], "192.0.2.7"),
            // All of them trusted: where the request came from.
            (["127.0.0.2"], "127.0.0.2"),
            (["10.0.0.9, 127.0.0.1"], "10.0.0.9"),
            // What is no address was written by somebody who may have written anything.
            (["192.0.2.7, unknown"], nil),
            (["192.0.2.7, unknown, 10.0.0.3"], nil),
            (["unknown, 10.0.0.3"], nil),
            (["192.0.2.7, 10.0.0.3:99999"], nil),
            (["192.0.2.7, [2001:db8:ffff::1"], nil),
            (["192.0.2.7, [10.0.0.3]x"], nil),
            (["192.0.2.7, 010.0.0.3"], nil),
            (["192.0.2.7:"], nil),
            (["192.0.2.7:+80"], nil),
            (["\"192.0.2.7\""], nil),
            // … and to its right stands one that a trusted proxy wrote.
            (["unknown, 192.0.2.7, 10.0.0.3"], "192.0.2.7"),
            ([""], nil), ([], nil),
        ] as [([String], String?)])
    func client(_ fields: [String], _ expected: String?) {
        #expect(Self.proxies.client(forwardedFor: fields)?.description == expected)
    }

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
