import Bytes
import TestSupport
import Testing

@Suite("The client's address by X-Forwarded-For")
struct TrustedNetworksTests {
    private static let networks = TrustedNetworks(
        ["127.0.0.0/8", "::1", "10.0.0.0/8", "2001:db8:ffff::/48"].compactMap { IPNetwork($0) })

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
            // A blank hop says nothing.
            (["192.0.2.7,,", " "], "192.0.2.7"),
            (["192.0.2.7, , 10.0.0.3"], "192.0.2.7"),
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
            (["[::1]evil"], nil),
            (["192.0.2.7, [::1]evil"], nil),
            (["1.2.3.4:evil"], nil),
            (["192.0.2.7, 010.0.0.3"], nil),
            (["192.0.2.7:"], nil),
            (["192.0.2.7:+80"], nil),
            (["\"192.0.2.7\""], nil),
            // … and to its right stands one that a trusted proxy wrote.
            (["unknown, 192.0.2.7, 10.0.0.3"], "192.0.2.7"),
            ([""], nil), ([], nil),
        ] as [([String], String?)])
    func client(_ fields: [String], _ expected: String?) {
        #expect(Self.networks.client(forwardedFor: fields)?.description == expected)
    }

    /// A second reading of the rule: all hops as a list, then the longest trusted tail of it.
    @Test("It is what the rule says, of any fields")
    func agreesWithTheRule() {
        let hops = ["10.0.0.3", "127.0.0.1:80", "[::1]", "192.0.2.7", "2001:db8::7", "unknown", "", " ", "[::1]evil", "1.2.3.4:evil"]
        withSeed { random in
            for _ in 0..<5_000 {
                let fields = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                    (0..<Int.random(in: 0...4, using: &random)).map { _ in random.pick(hops) }.joined(separator: random.pick([",", ", "]))
                }
                let list = fields.joined(separator: ",").split(separator: ",").map { $0.filter { $0 != " " } }.filter { !$0.isEmpty }
                let addresses = list.map { IPAddress(endpoint: $0) }
                let tail = addresses.reversed().prefix { $0.map { Self.networks.contains($0) } ?? false }
                let expected = tail.count == addresses.count ? tail.last ?? nil : addresses[addresses.count - tail.count - 1]
                #expect(Self.networks.client(forwardedFor: fields) == expected, "\(fields)")
            }
        }
    }
}
