import APITestSupport
import HTTPTypes
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
