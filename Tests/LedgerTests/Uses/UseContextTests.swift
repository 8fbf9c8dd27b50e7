import KeyEvents
import Testing

@testable import Ledger

@Suite struct UseContextTests {
    @Test(arguments: [
        ("/a/b", "/a/b"), ("/a?key=secret", "/a"), ("/a#b?c", "/a"), ("?x", ""), ("/a?\u{301}key=secret", "/a"),
        ("/a#\u{20DD}secret", "/a"),
        ("/a\nb\u{7F}", "/ab"), ("/a\r\nb", "/ab"), ("/é", "/é"),
    ])
    func aPathIsKeptWithoutItsQuery(_ path: String, _ kept: String) {
        #expect(UseContext(path: path).path == kept)
    }

    /// What is no address is neither believed nor recorded.
    @Test(
        arguments: [
            ("192.0.2.5", "192.0.2.5"), ("192.0.2.5:443", "192.0.2.5"), ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:DB8::1]:443", "2001:db8::1"),
            ("::ffff:192.0.2.5", "192.0.2.5"), ("[::ffff:192.0.2.5]:1", "192.0.2.5"), ("fe80::1%eth0", "fe80::1"),
            ("unknown", nil), ("", nil), ("Ada Lovelace, Paris", nil), ("192.0.2.5:", nil), ("192.0.2.5:99999", nil), ("[192.0.2.5]", nil),
            ("192.0.2.5, 192.0.2.6", nil), ("192.0.2.05", nil), ("[2001:db8::1", nil), ("2001:db8::1]", nil), ("[2001:db8::1]x", nil),
        ] as [(String, String?)])
    func anAddressIsOneOrNothing(_ text: String, _ kept: String?) {
        #expect(UseContext(clientAddress: text).clientAddress == kept)
        #expect(UseContext(clientAddress: text).personal.clientAddress == kept)
    }

    @Test func longTextIsCutAtACharactersEdge() throws {
        let path = try #require(UseContext(path: "/" + String(repeating: "é", count: 300)).path)
        #expect(path == "/" + String(repeating: "é", count: 127))
        #expect(UseContext(path: String(repeating: "👩‍👩‍👧", count: 100)).path?.utf8.count == 252)
        #expect(UseContext(method: String(repeating: "G", count: 100)).method?.count == 16)
        #expect(UseContext().personal.isEmpty)
    }
}
