import Bytes
import TestSupport
import Testing

@Suite("Addresses")
struct IPAddressTests {
    @Test(
        "What is written comes back as RFC 5952 writes it",
        arguments: [
            ("192.0.2.1", "192.0.2.1"), ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"),
            ("1::", "1::"), ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("2001:db8::0:1", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("::ffff:192.0.2.1", "192.0.2.1"), ("::FFFF:c000:0201", "192.0.2.1"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("fe80::1%eth0", "fe80::1"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
            ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
        ])
    func texts(_ written: String, _ canonical: String) {
        #expect(IPAddress(written)?.description == canonical)
    }

    @Test(arguments: [
        "", " ", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.+4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "[::1]", "1.2.3.4%eth0",
        ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "12345::", "g::", "::+1", "1:", ":1", "fe80::1%",
        "::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "localhost", "unknown", "_hidden", "٣.1.1.1", "1.2.3.4\0",
    ])
    func whatIsNoAddress(_ text: String) { #expect(IPAddress(text) == nil) }

    @Test("Every address reads back from what it is written as")
    func roundTrip() {
        withSeed { random in
            for _ in 0..<5000 {
                let groups = (0..<8).map { _ in random.chance(50) ? 0 : UInt16.random(in: 0...0xFFFF, using: &random) }
                let plain = groups.map { String($0, radix: 16) }.joined(separator: ":")
                let address = IPAddress(plain)
                #expect(address != nil && IPAddress(address?.description ?? "") == address, "\(plain)")
            }
        }
        for number in 0...255 {
            let plain = "\(number).0.\(255 - number).\(number)"
            #expect(IPAddress(plain)?.description == plain)
        }
    }
}

@Suite("Ranges of addresses")
struct IPNetworkTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.9.8.7/8", "10.0.0.1", true),
        ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1/32", "::ffff:192.0.2.1", true),
        ("::ffff:10.0.0.0/104", "10.1.1.1", true), ("::ffff:0:0/96", "8.8.8.8", true), ("0.0.0.0/0", "8.8.8.8", true),
        ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "2001:db8::1", true), ("::/0", "8.8.8.8", false), ("::/1", "1.2.3.4", false),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false), ("2001:db8::8/127", "2001:db8::9", true),
        ("::1/128", "::1", true), ("128.0.0.0/1", "200.1.1.1", true), ("128.0.0.0/1", "100.1.1.1", false),
    ])
    func membership(_ network: String, _ address: String, _ isIn: Bool) throws {
        #expect(try #require(IPNetwork(network)).contains(try #require(IPAddress(address))) == isIn)
    }

    @Test(arguments: [
        ("10.9.8.7/8", "10.0.0.0/8"), ("::ffff:10.0.0.0/104", "10.0.0.0/8"), ("192.0.2.1/32", "192.0.2.1"), ("::/0", "::/0"),
        ("2001:DB8::1/32", "2001:db8::/32"), ("0.0.0.0/0", "0.0.0.0/0"),
    ])
    func texts(_ written: String, _ canonical: String) { #expect(IPNetwork(written)?.description == canonical) }

    @Test(arguments: [
        "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0/8", "fe80::1%a/64",
    ])
    func whatIsNoRange(_ text: String) { #expect(IPNetwork(text) == nil) }
}
