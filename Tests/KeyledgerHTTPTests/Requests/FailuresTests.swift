import APITestSupport
import Bytes
import HTTPTypes
import KeyEvents
import NIOCore
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Failures slow nobody who holds a secret")
struct FailuresTests {
    private static let path = "/v1/revoke-by-secret"

    @Test("Junk is told to wait, and a leaked key is ended at once all the same")
    func leakedKey() async throws {
        try await Service.run { service in
            let key = try await service.key()
            var statuses: [Int] = []
            for _ in 0..<60 {
                let answer = try await service.call(.post, Self.path, key: nil, #"{"secret":"junk"}"#)
                statuses.append(answer.status)
                #expect(answer.status != 429 || answer.headers[.retryAfter] != nil)
            }
            // One every six seconds is answered in full, and the clock is the system's.
            #expect(statuses.prefix(10).allSatisfy { $0 == 400 } && Set(statuses) == [400, 429])
            #expect(try await service.call(.post, Self.path, key: nil, "{\"secret\":\"\(key.secret)\"}").status == 200)
        }
    }

    @Test(
        "Whoever calls is known by what a trusted proxy tells of them, and by nobody else's word",
        arguments: [
            ("192.0.2.7", ["X-Forwarded-For": "198.51.100.1"], "192.0.2.7"), ("10.0.0.1", [:], "10.0.0.1"),
            ("10.0.0.1", ["X-Forwarded-For": "198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", ["X-Forwarded-For": "192.0.2.9, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
            ("10.0.0.1", ["X-Real-IP": "198.51.100.1"], "198.51.100.1"), ("10.0.0.1", ["X-Forwarded-For": "1.2.3.4:99999"], nil),
            ("10.0.0.1", ["X-Forwarded-For": "198.51.100.1", "X-Real-IP": "198.51.100.2"], nil),
        ] as [(String, [String: String], String?)])
    func clients(_ peer: String, _ headers: [String: String], _ expected: String?) throws {
        let proxies = TrustedProxies([try #require(IPNetwork("10.0.0.0/8"))])
        var request = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/")
        for (name, value) in headers { request.headerFields[try #require(HTTPField.Name(name))] = value }
        let client = proxies.client(of: request, from: try SocketAddress(ipAddress: peer, port: 1))
        #expect(client == expected.flatMap { IPAddress($0) })
    }

    @Test("Where nobody is known, through a socket that is a file, it is told by whoever connects")
    func unixSockets() throws {
        let peer = try SocketAddress(unixDomainSocketPath: "/tmp/x")
        var request = HTTPRequest(method: .get, scheme: nil, authority: nil, path: "/")
        #expect(TrustedProxies([]).client(of: request, from: peer) == nil)
        #expect(TrustedProxies([]).client(of: request, from: nil) == nil)
        request.headerFields[try #require(HTTPField.Name("X-Real-IP"))] = "192.0.2.7"
        #expect(TrustedProxies([]).client(of: request, from: peer) == IPAddress("192.0.2.7"))
    }
}
