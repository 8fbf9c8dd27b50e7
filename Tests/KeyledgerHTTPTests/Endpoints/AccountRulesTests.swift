import APITestSupport
import HTTPTypes
import KeyEvents
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Whoever says what an account may")
struct AccountRulesTests {
    private static func names(_ answer: Answer) -> [String] {
        guard case .object(let fields) = answer.json else { return [] }
        return fields.map(\.name).sorted()
    }

    @Test("is told what they changed, and no more without the permission to read keys")
    func disclosure() async throws {
        try await Service.run { service in
            _ = try await service.key(account: "acme")
            let writer = try await service.key("writer", permissions: [.keysWrite])
            let path = "/v1/accounts/acme"
            _ = try await service.call(.patch, path, #"{"keyLimit":7,"grantable":["a:b"]}"#)
            for (body, told) in [
                (#"{"grantable":["c:d"]}"#, ["grantable", "id", "repeated"]), (#"{"keyLimit":5}"#, ["id", "keyLimit", "repeated"]),
                ("{}", ["id", "repeated"]),
            ] {
                let once: HTTPFields = .idempotent("once" + body.filter(\.isLetter))
                for _ in 0..<2 {
                    let answer = try await service.call(.patch, path, key: writer.secret, body, headers: once)
                    #expect(answer.status == 200 && Self.names(answer) == told, "\(answer.text)")
                }
            }
            let whole = try await service.call(.patch, path, "{}")
            #expect(whole["keyLimit"]?.whole == 5 && whole["keys"]?.whole == 1 && whole["grantable"]?.elements.count == 1)
        }
    }

    @Test("has a key that is not for tests: what an account may holds for all of its keys")
    func environment() async throws {
        try await Service.run { service in
            let tester = try await service.key("tester", environment: "test", permissions: [.keysWrite, .keysRead])
            let answer = try await service.call(.patch, "/v1/accounts/acme", key: tester.secret, #"{"keyLimit":0}"#)
            #expect(answer.status == 403 && answer.code == "CANNOT_GRANT" && answer["field"]?.string == "environment")
            #expect(try await service.call(.get, "/v1/accounts/acme")["keyLimit"]?.whole == 100_000)
        }
    }

    @Test("may write a whole number in every way that JSON knows")
    func numbers() async throws {
        try await Service.run { service in
            for (text, limit) in [("1.0", 1), ("2e0", 2), ("30e-1", 3)] {
                let answer = try await service.call(.patch, "/v1/accounts/acme", "{\"keyLimit\":\(text)}")
                #expect(answer.status == 200 && answer["keyLimit"]?.whole == UInt64(limit), "\(text): \(answer.text)")
            }
            #expect(try await service.call(.patch, "/v1/accounts/acme", #"{"keyLimit":1.5}"#).status == 400)
        }
    }
}
