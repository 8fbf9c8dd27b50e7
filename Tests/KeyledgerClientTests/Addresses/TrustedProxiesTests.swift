import HTTPTypes
import Testing

@testable import KeyledgerClient

@Suite("Whom a call is from")
struct TrustedProxiesTests {
    struct Row: Sendable {
        let trusted: [String]
        let peer: String?
        let forwarded: [String]
        let client: String?
    }

    private static let rows = [
        // Nobody is believed by default.
        Row(trusted: [], peer: "192.0.2.7", forwarded: ["198.51.100.1"], client: "192.0.2.7"),
        Row(trusted: ["10.0.0.0/8"], peer: "192.0.2.7", forwarded: ["198.51.100.1"], client: "192.0.2.7"),
        Row(trusted: ["10.0.0.0/8"], peer: "10.1.2.3", forwarded: ["198.51.100.1"], client: "198.51.100.1"),
        // The rightmost hop that is no proxy of ours; what stands further left is hearsay.
        Row(trusted: ["10.0.0.0/8"], peer: "10.1.2.3", forwarded: ["127.0.0.1, 198.51.100.1, 10.9.9.9"], client: "198.51.100.1"),
        Row(trusted: ["10.0.0.0/8"], peer: "10.1.2.3", forwarded: ["127.0.0.1", "198.51.100.1", "10.9.9.9"], client: "198.51.100.1"),
        // Only proxies all the way.
        Row(trusted: ["10.0.0.0/8"], peer: "10.1.2.3", forwarded: ["10.0.0.4, 10.0.0.5"], client: "10.0.0.4"),
        Row(trusted: ["10.0.0.0/8"], peer: "10.1.2.3", forwarded: [], client: "10.1.2.3"),
        // IPv4 in IPv6.
        Row(trusted: ["10.0.0.0/8"], peer: "::ffff:10.1.2.3", forwarded: ["::ffff:198.51.100.1"], client: "198.51.100.1"),
        Row(trusted: ["::ffff:10.0.0.0/104"], peer: "10.1.2.3", forwarded: ["198.51.100.1"], client: "198.51.100.1"),
        Row(trusted: ["2001:db8::/32"], peer: "2001:db8::1", forwarded: ["2001:db9::2"], client: "2001:db9::2"),
        Row(trusted: ["::/0"], peer: "10.1.2.3", forwarded: ["198.51.100.1"], client: "10.1.2.3"),
        Row(trusted: ["0.0.0.0/0"], peer: "2001:db8::1", forwarded: ["198.51.100.1"], client: "2001:db8::1"),
        // Addresses with ports and zones.
        Row(trusted: ["10.1.2.3"], peer: "10.1.2.3", forwarded: ["198.51.100.1:4711"], client: "198.51.100.1"),
        Row(trusted: ["10.1.2.3"], peer: "10.1.2.3", forwarded: [" [2001:db9::2]:4711 "], client: "2001:db9::2"),
        Row(trusted: ["fe80::/10"], peer: "fe80::1%eth0", forwarded: ["198.51.100.1"], client: "198.51.100.1"),
        // Blank hops say nothing.
        Row(trusted: ["10.0.0.0/8"], peer: "10.1.2.3", forwarded: ["198.51.100.1, , 10.9.9.9,"], client: "198.51.100.1"),
        Row(trusted: ["10.0.0.0/8"], peer: "10.1.2.3", forwarded: ["198.51.100.1", " "], client: "198.51.100.1"),
        // What nobody can know.
        Row(trusted: ["10.1.2.3"], peer: "10.1.2.3", forwarded: [" "], client: nil),
        Row(trusted: ["10.1.2.3"], peer: "10.1.2.3", forwarded: ["[::1]evil"], client: nil),
        Row(trusted: ["10.1.2.3"], peer: "10.1.2.3", forwarded: ["1.2.3.4:evil"], client: nil),
        Row(trusted: ["10.1.2.3"], peer: "10.1.2.3", forwarded: ["198.51.100.1, 10.1.2.3:evil"], client: nil),
        Row(trusted: ["10.1.2.3"], peer: "10.1.2.3", forwarded: ["unknown"], client: nil),
        Row(trusted: ["10.1.2.3"], peer: "10.1.2.3", forwarded: ["198.51.100.1, 010.0.0.1"], client: nil),
        Row(trusted: ["10.1.2.3"], peer: nil, forwarded: ["198.51.100.1"], client: nil),
    ]

    @Test("The rightmost untrusted hop", arguments: rows)
    func client(_ row: Row) throws {
        #expect(try TrustedProxies(row.trusted).client(peer: row.peer, forwardedFor: row.forwarded) == row.client, "\(row)")
    }

    @Test(
        "A range that is none is refused by name",
        arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "localhost", "10.0.0.0/8/8", "fe80::1%eth0"])
    func badRanges(_ text: String) {
        #expect(throws: TrustedProxies.BadRange.self) { try TrustedProxies([text]) }
    }

    @Test("The guard tells the ledger what it found")
    func throughTheGuard() async throws {
        let verifier = FakeVerifier(.valid(.acme))
        let headers: HTTPFields = [.authorization: "Bearer secret", HTTPField.Name("X-Forwarded-For")!: "198.51.100.1"]
        _ = try await Guarded(verifier: verifier).call("/listings", headers)
        _ = try await Guarded(verifier: verifier, trustedProxies: TrustedProxies(["192.0.2.0/24"])).call("/listings", headers)
        #expect(verifier.asked.map(\.clientAddress) == [TestContext.peer, "198.51.100.1"])
    }
}
