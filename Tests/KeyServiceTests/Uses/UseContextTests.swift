import KeyEvents
import Testing

@testable import KeyService

@Suite struct UseContextTests {
    @Test(arguments: [
        ("/a/b", "/a/b"), ("/a?key=secret", "/a"), ("/a#b?c", "/a"), ("?x", ""), ("/a?\u{301}key=secret", "/a"),
        ("/a#\u{20DD}secret", "/a"),
        ("/a\nb\u{7F}", "/ab"), ("/a\r\nb", "/ab"), ("/é", "/é"),
    ])
    func aPathIsKeptWithoutItsQuery(_ path: String, _ kept: String) {
        #expect(UseContext(path: path).path == kept)
    }

    @Test func longTextIsCutAtACharactersEdge() throws {
        let path = try #require(UseContext(path: "/" + String(repeating: "é", count: 300)).path)
        #expect(path == "/" + String(repeating: "é", count: 127))
        #expect(UseContext(path: String(repeating: "👩‍👩‍👧", count: 100)).path?.utf8.count == 252)
        #expect(UseContext(clientAddress: String(repeating: "1", count: 100)).clientAddress?.count == 64)
        #expect(UseContext(method: String(repeating: "G", count: 100)).method?.count == 16)
        #expect(UseContext().personal.isEmpty)
    }
}
