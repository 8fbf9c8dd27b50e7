import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("Secrets and logs")
struct SecretsTests {
    @Test("The log of a busy day names no secret, no address, no body; at warning level it says nothing")
    func log() async throws {
        try await Service.run { service in
            // Everything answered, and at the end everything logged, is looked through for the secrets.
            let made = try await service.call(.post, "/v1/keys", #"{"name":"Peculiar name"}"#, headers: .idempotent("c"))
            let secret = try #require(made["secret"]?.string)
            _ = try await service.call(.post, "/v1/keys", #"{"name":"Peculiar name"}"#, headers: .idempotent("c"))
            _ = try await service.call(.post, "/v1/verify", "{\"key\":\"\(secret)\",\"ip\":\"192.0.2.77\",\"path\":\"/peculiar\"}")
            _ = try await service.call(.get, "/v1/keys", key: secret)
            _ = try await service.call(.get, "/v1/keys?key=\(secret)")
            _ = try await service.call(.get, "/\(secret)")
            _ = try await service.call(.get, "/v1/keys/\(secret)")
            _ = try await service.call(.post, "/v1/verify", "{\(secret)")
            let lines = service.log.lines
            #expect(lines.contains { $0.contains("POST /v1/verify 200") })
            #expect(!lines.contains { $0.contains("Peculiar") || $0.contains("192.0.2.77") || $0.contains("peculiar") })
            #expect(!lines.contains { $0.hasPrefix("warning") || $0.hasPrefix("error") })
        }
    }

    @Test("Ten characters behind the ledger's own prefix are a piece of a key, wherever they stand", arguments: [12, 15, 19])
    func pieces(_ count: Int) async throws {
        try await Service.run { service in
            var key = try await service.key(account: "a")
            // One in five that are so short reads like a name.
            for _ in 0..<50 where MisplacedSecret(in: String(key.secret.prefix(10 + count)), prefix: "lhql") == nil {
                key = try await service.key(account: "a")
            }
            let piece = String(key.secret.prefix(10 + count))
            for target in ["/v1/keys?account=", "/v1/accounts/", "/v1/keys?name=", "/v1/events?keyId=", "/v1/"] {
                let (whole, cut) = (
                    try await service.call(.get, target + key.secret), try await service.call(.get, target + piece)
                )
                #expect(cut.status == whole.status && cut.code == whole.code, "\(target) \(cut.text)")
                #expect(!cut.text.contains(piece))
            }
            for (field, value) in [("scopes", "[\"a\",\"\(piece)\"]"), ("ip", "\"\(piece)\""), ("method", "\"\(piece)\"")] {
                let answer = try await service.call(.post, "/v1/verify", "{\"key\":\"\(key.secret)\",\"\(field)\":\(value)}")
                #expect(answer.status == 400 && answer.code == "SECRET_IN_FIELD" && !answer.text.contains(piece), "\(field) \(answer.text)")
            }
            // A customer's path is not the service's fault; it is left out of the record.
            let answer = try await service.call(.post, "/v1/verify", "{\"key\":\"\(key.secret)\",\"path\":\"/a/\(piece)\"}")
            #expect(answer.status == 200, "\(answer.text)")
            let events = try await service.call(.get, "/v1/events?keyId=\(key.id)")
            #expect(!events.text.contains(piece), "\(events.text)")
        }
    }

    @Test("What the operator must mend is in the log, with the number that the answer carries; and not in the answer")
    func operatorDetail() async throws {
        try await Service.run { service in
            service.ledger.close()
            let answer = try await service.call(.post, "/v1/keys", #"{"name":"n"}"#)
            #expect(answer.status == 503 && answer.code == "UNAVAILABLE")
            let id = try #require(answer.headers[.requestID])
            #expect(service.log.lines.contains { $0.hasPrefix("error") && $0.contains("The ledger is closed.") && $0.contains(id) })
            #expect(!answer.text.contains("closed"))
        }
    }
}
