import NIOCore
import TestSupport
import Testing

@testable import HTTPConnections

@Suite("Spellings of paths") struct PathSpellingTests {
    @Test(arguments: ["/", "/a", "/v1/verify", "/a.b/.c/..d/...", "/%2F", "/a%20b", "/a%c3%A9", "/é", "/a;b=c/@:,+"])
    func exact(_ path: String) { #expect(PathSpelling.isExact(path)) }

    @Test(arguments: [
        "", "*", "a", "//", "//a", "/a/", "/a//b", "/.", "/..", "/a/.", "/a/../b", "/./a", "/%76erify", "/%2e", "/a/%2E%2e/b", "/%7E",
        "/%2D",
        "/%", "/a%2", "/%zz", "/%+f", "/% f", "http://a/b",
    ])
    func notExact(_ path: String) { #expect(!PathSpelling.isExact(path)) }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("::ffff:127.0.0.1", true), ("0.0.0.0", false), ("::", false),
        ("192.0.2.1", false), ("fe80::1", false), ("::2", false), ("::ffff:192.0.2.1", false),
    ])
    func whatOtherMachinesReach(_ address: String, _ isLocal: Bool) throws {
        let capture = LogCapture()
        let socket = try SocketAddress(ipAddress: address, port: 80)
        PlainHTTP.warn(socket, capture.logger)
        #expect(capture.lines.count == (isLocal ? 0 : 1))
        #expect(capture.lines.allSatisfy { $0.contains("plain HTTP") && $0.hasPrefix("warning") })
    }
}
