import APITestSupport
import HTTPTypes
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("POST /v1/verify: bad input")
struct BadVerifyInputTests {
    @Test(
        "A field that is not as described is named",
        arguments: [
            ("key", "{}"), ("key", #"{"key":null}"#), ("key", #"{"key":7}"#), ("scopes", #"{"key":"x","scopes":"a"}"#),
            ("scopes", #"{"key":"x","scopes":["a b"]}"#),
            ("scopes", "{\"key\":\"x\",\"scopes\":[\((0...100).map { "\"s\($0)\"" }.joined(separator: ","))]}"),
            ("environment", #"{"key":"x","environment":"Live"}"#), ("dryRun", #"{"key":"x","dryRun":1}"#),
            ("ip", "{\"key\":\"x\",\"ip\":\"\(String(repeating: "1", count: 65))\"}"), ("minPosition", #"{"key":"x","minPosition":-1}"#),
            ("minPosition", #"{"key":"x","minPosition":1.5}"#), ("minPosition", #"{"key":"x","minPosition":1e-3}"#),
            ("minPosition", #"{"key":"x","minPosition":"1"}"#), ("minPosition", #"{"key":"x","minPosition":9007199254740992}"#),
            ("minPosition", #"{"key":"x","minPosition":18446744073709551616}"#),
            ("minPosition", "{\"key\":\"x\",\"minPosition\":\(String(repeating: "9", count: 5000))}"), ("keys", #"{"key":"x","keys":[]}"#),
        ])
    func fields(_ field: String, _ body: String) async throws {
        try await Service.run { service in
            let answer = try await service.call(.post, "/v1/verify", body)
            #expect(answer.status == 400 && answer.code == "INVALID_FIELD", "\(answer.text)")
            #expect(answer["field"]?.string == field)
        }
    }

    @Test(
        "What is not JSON says so",
        arguments: [
            "", " ", "{", #"{"key":}"#, #"{"key":"x","key":"y"}"#, #"{"minPosition":1,"key":"x","minPosition":1}"#, "key=x", "\u{FEFF}{}",
        ])
    func notJSON(_ body: String) async throws {
        try await Service.run { service in
            let answer = try await service.call(.post, "/v1/verify", body)
            #expect(answer.status == 400 && answer.code == "INVALID_JSON", "\(answer.text)")
        }
    }

    @Test("What is JSON but no object", arguments: ["[]", "7", "null", #""key""#])
    func notAnObject(_ body: String) async throws {
        try await Service.run { service in
            let answer = try await service.call(.post, "/v1/verify", body)
            #expect(answer.status == 400 && answer.code == "INVALID_FIELD")
        }
    }

    @Test("A secret in the wrong place is not echoed")
    func misplacedSecret() async throws {
        try await Service.run { service in
            let key = try await service.key()
            // Each answer is looked through for the secret.
            for body in [
                "{\"\(key.secret)\":1}", "{\"key\":\"\(key.secret)\",}", "\"\(key.secret)\"", key.secret, "{\"key\":[\"\(key.secret)\"]}",
            ] {
                #expect(try await service.call(.post, "/v1/verify", body).status == 400)
            }
            #expect(try await service.call(.post, "/v1/keys", "{\"name\":\"n\",\"environment\":\"\(key.secret)\"}").status == 400)
            #expect(try await service.call(.get, "/v1/keys?\(key.secret)=1").status == 400)
            #expect(try await service.call(.get, "/v1/keys/\(key.secret)").status == 400)
            #expect(try await service.call(.get, "/\(key.secret)").status == 400)
        }
    }

    @Test(
        "Only JSON in UTF-8",
        arguments: [
            ("application/json", 200), ("Application/JSON", 200), ("application/json; charset=utf-8", 200),
            ("application/json;charset=\"UTF-8\"", 200),
            ("application/json; charset=latin1", 415), ("text/plain", 415), ("application/x-www-form-urlencoded", 415),
            ("application/jsonp", 415), ("", 415),
        ])
    func mediaTypes(_ type: String, _ status: Int) async throws {
        try await Service.run { service in
            let answer = try await service.call(.post, "/v1/verify", #"{"key":"x"}"#, headers: [.contentType: type])
            #expect(answer.status == status)
        }
    }

    @Test("A body that is compressed is not taken")
    func compressed() async throws {
        try await Service.run { service in
            let answer = try await service.call(.post, "/v1/verify", #"{"key":"x"}"#, headers: [.contentEncoding: "gzip"])
            #expect(answer.status == 415)
        }
    }

    @Test("1 MiB here, 64 KiB elsewhere, and not a byte more")
    func sizes() async throws {
        try await Service.run { service in
            for (path, limit, body) in [("/v1/verify", 1 << 20, #"{"key":"x"}"#), ("/v1/keys", 64 << 10, #"{"name":"n"}"#)] {
                let exact = body + String(repeating: " ", count: limit - body.utf8.count)
                #expect(try await service.call(.post, path, exact).status < 300)
                let answer = try await service.call(.post, path, exact + " ")
                #expect(answer.status == 413 && answer.code == "CONTENT_TOO_LARGE")
            }
        }
    }
}
