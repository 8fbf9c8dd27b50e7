import Foundation
import KeyledgerClient
import NIOCore
import Testing

@Suite("Asking over a real socket")
struct KeyledgerClientTests {
    private static let valid = """
        {"valid":true,"code":"VALID","message":"Good.","position":12,"keyId":"key_1","accountId":"acme","name":null,"scopes":["a:b"],\
        "environment":"live","expiresAt":"2099-01-01T00:00:00.123456Z","metadata":{"a":"b"},"later":[1]}
        """

    private static func http(_ status: String, _ body: String, _ headers: String = "") -> SocketServer.Behaviour {
        .answer("HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    /// What a client says to a server of this behaviour.
    private static func ask(
        _ behaviour: SocketServer.Behaviour, totalTimeout: Duration = .seconds(60)
    ) async throws -> (answer: Result<KeyVerdict, VerificationError>, requests: [String]) {
        var result: Result<KeyVerdict, VerificationError>?
        var requests: [String] = []
        try await SocketServer.run(behaviour) { server, port in
            result = try await ask(port: port, totalTimeout: totalTimeout)
            requests = server.requests
        }
        return (try #require(result), requests)
    }

    private static func ask(port: Int, totalTimeout: Duration = .seconds(60)) async throws -> Result<KeyVerdict, VerificationError> {
        try await ask("http://127.0.0.1:\(port)/", totalTimeout)
    }

    private static func ask(_ address: String, _ totalTimeout: Duration) async throws -> Result<KeyVerdict, VerificationError> {
        var options = KeyledgerClient.Options()
        options.connectTimeout = .seconds(60)
        options.totalTimeout = totalTimeout
        let client = try KeyledgerClient(address: address, serviceKey: APIKey("service-secret"), options: options)
        let verification = VerificationRequest(
            key: APIKey("customer-secret"), scopes: ["a:b"], environment: "live", clientAddress: "192.0.2.1", method: "GET", path: "/a",
            minPosition: 3)
        let result: Result<KeyVerdict, VerificationError>
        do throws(VerificationError) { result = .success(try await client.verify(verification)) } catch { result = .failure(error) }
        try await client.shutdown()
        return result
    }

    @Test("The question and the answer, whole")
    func answered() async throws {
        let (answer, requests) = try await Self.ask(Self.http("200 OK", Self.valid))
        let verdict = try answer.get()
        #expect(verdict.isValid && verdict.code == .valid && verdict.message == "Good." && verdict.position == 12)
        let key = try #require(verdict.key)
        #expect(key.id == "key_1" && key.accountID == "acme" && key.name == nil && key.scopes == ["a:b"] && key.metadata == ["a": "b"])
        #expect(try abs(#require(key.expiresAt).timeIntervalSince1970 - 4_070_908_800.123456) < 0.001)
        let request = try #require(requests.first)
        #expect(requests.count == 1 && request.hasPrefix("POST /v1/verify HTTP/1.1\r\n"))
        #expect(request.lowercased().contains("authorization: bearer service-secret\r\n"))
        let body = try #require(request.components(separatedBy: "\r\n\r\n").last)
        let fields = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
        #expect(Set(fields.keys) == ["key", "scopes", "environment", "ip", "method", "path", "dryRun", "minPosition"])
        #expect(fields["key"] as? String == "customer-secret" && fields["ip"] as? String == "192.0.2.1")
    }

    @Test("Over a Unix socket too")
    func unixSocket() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "keyledger-\(UUID().uuidString.prefix(8)).sock").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await SocketServer.run(Self.http("200 OK", Self.valid), at: SocketAddress(unixDomainSocketPath: path)) { server, _ in
            let answer = try await Self.ask("http+unix://" + path.replacing("/", with: "%2F"), .seconds(60))
            #expect(try answer.get().isValid && server.requests.count == 1)
        }
    }

    @Test("A refused key is an answer; a code of a later version too")
    func refused() async throws {
        for code in ["REVOKED", "MOON_PHASE"] {
            let body = """
                {"valid":false,"code":"\(code)","message":"No.","position":null,"keyId":null,"accountId":null,"name":null,"scopes":null,\
                "environment":null,"expiresAt":null,"metadata":null}
                """
            let verdict = try await Self.ask(Self.http("200 OK", body)).answer.get()
            #expect(!verdict.isValid && verdict.code.rawValue == code && verdict.key == nil && verdict.position == nil)
        }
    }

    @Test("A connection that is dropped after the question was read: no answer, and not asked again")
    func dropped() async throws {
        let (answer, requests) = try await Self.ask(.drop)
        #expect(Self.code(answer) == .interrupted)
        #expect(requests.count == 1, "a use would be counted twice")
    }

    @Test("An answer that breaks off is not asked for again")
    func brokenOff() async throws {
        let (answer, requests) = try await Self.ask(
            .answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n{"), totalTimeout: .seconds(4))
        #expect(Self.code(answer) == .timedOut || Self.code(answer) == .interrupted)
        #expect(requests.count == 1)
    }

    @Test("Silence: an error after the time that was given, and not asked again")
    func silence() async throws {
        let began = ContinuousClock.now
        let (answer, requests) = try await Self.ask(.silence, totalTimeout: .seconds(4))
        #expect(Self.code(answer) == .timedOut)
        #expect(requests.count == 1 && ContinuousClock.now - began >= .seconds(4))
    }

    @Test("A port where nobody listens: asked again, as nothing has left; then an error")
    func unreachable() async throws {
        let began = ContinuousClock.now
        let port = try ReservedPort()
        let answer = try await Self.ask(port: port.port)
        withExtendedLifetime(port) {}
        #expect(Self.code(answer) == .unreachable)
        #expect(ContinuousClock.now - began >= .milliseconds(200), "two pauses lie between three attempts")
    }

    @Test("A ledger that comes up in time is reached")
    func comesUp() async throws {
        // Again where this machine was so busy that the ledger came up too late.
        for _ in 0..<50 {
            let port = try ReservedPort()
            let asking = Task { try await Self.ask(port: port.port) }
            try await Task.sleep(for: .milliseconds(50))
            var answer: Result<KeyVerdict, VerificationError>?
            try await SocketServer.run(Self.http("200 OK", Self.valid), on: port) { _, _ in answer = try await asking.value }
            let verdict = try #require(answer)
            if Self.code(verdict) == .unreachable { continue }
            #expect(try verdict.get().isValid)
            return
        }
        Issue.record("nobody asks again")
    }

    @Test(
        "What the ledger says about the service itself",
        arguments: [
            ("401 Unauthorized", VerificationError.Code.serviceKeyRefused), ("403 Forbidden", .serviceKeyRefused),
            ("400 Bad Request", .questionRefused), ("503 Service Unavailable", .unavailable), ("500 Oh", .unavailable),
            ("404 Not Found", .protocolError), ("302 Found", .protocolError), ("204 No Content", .protocolError),
        ])
    func problems(_ status: String, _ code: VerificationError.Code) async throws {
        let body = status.hasPrefix("204") ? "" : #"{"code":"SOME_CODE","detail":"Some words."}"#
        let (answer, requests) = try await Self.ask(Self.http(status, body, "Retry-After: 3\r\nLocation: http://127.0.0.1:1/\r\n"))
        guard case .failure(let error) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(error.code == code && requests.count == 1)
        if code == .unavailable { #expect(error.retryAfter == .seconds(3)) }
        if code != .protocolError { #expect(error.message.contains("SOME_CODE: Some words.")) }
        #expect(!"\(error)".contains("secret"))
    }

    @Test(
        "Whatever answers and is no ledger lets nobody in", arguments: ["", "<html>", "[]", #"{"valid":true,"code":"VALID","message":""}"#])
    func notALedger(_ body: String) async throws {
        #expect(Self.code(try await Self.ask(Self.http("200 OK", body)).answer) == .protocolError)
    }

    @Test(
        "An address that is none is refused",
        arguments: ["", "127.0.0.1:8080", "ftp://a", "http://", "http://user:pw@host", "http://a?b=c"])
    func badAddresses(_ address: String) {
        #expect(throws: KeyledgerClient.BadAddress.self) { try KeyledgerClient(address: address, serviceKey: APIKey("x")) }
    }

    @Test("One that is let go of closes its connections by itself")
    func lettingGo() async throws {
        try await SocketServer.run(Self.http("200 OK", Self.valid)) { _, port in
            for _ in 0..<3 {
                var options = KeyledgerClient.Options()
                options.totalTimeout = .seconds(60)
                let client = try KeyledgerClient(
                    address: "http://127.0.0.1:\(port)", serviceKey: APIKey("service-secret"), options: options)
                let verdict = try await client.verify(VerificationRequest(key: APIKey("secret"), isDryRun: true))
                #expect(verdict.isValid)
            }
        }
    }

    @Test("A service key is read from a file, which must hold one and nothing else")
    func keyFiles() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "service-key-" + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("the-key\n".utf8).write(to: file)
        #expect(try APIKey(contentsOfFile: file.path).reveal() == "the-key")
        for text in ["", "\n", "two keys", "two\nkeys\n"] {
            try Data(text.utf8).write(to: file)
            #expect(throws: APIKey.FileError.self) { try APIKey(contentsOfFile: file.path) }
        }
        #expect(throws: APIKey.FileError.self) { try APIKey(contentsOfFile: file.path + "-missing") }
    }

    private static func code(_ answer: Result<KeyVerdict, VerificationError>) -> VerificationError.Code? {
        if case .failure(let error) = answer { error.code } else { nil }
    }
}
