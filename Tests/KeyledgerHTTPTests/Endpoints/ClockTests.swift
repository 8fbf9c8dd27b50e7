import APITestSupport
import HTTPTypes
import KeyEvents
import Ledger
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

@Suite("The clock is doubted: 503 and why, until it is right or confirmed; revoking goes on")
struct ClockTests {
    @Test("Nothing is decided by it", arguments: [400, -400, 315_360_000] as [Int64])
    func nothingIsDecided(_ seconds: Int64) async throws {
        try await Service.run { service in
            let key = try await service.key(scopes: ["a"])
            let question = "{\"key\":\"\(key.secret)\"}"
            #expect(try await service.call(.post, "/v1/verify", question)["valid"]?.bool == true)
            #expect(try await service.call(.get, "/readyz", key: nil).status == 200)
            service.clock.step(seconds: seconds)
            for (method, uri, body) in [
                (.post, "/v1/verify", question), (.get, "/v1/keys", nil), (.post, "/v1/keys", #"{"name":"x"}"#),
                (.post, "/v1/keys/\(key.id)/rotate", nil), (.post, "/v1/keys/\(key.id)/enable", nil),
            ] as [(HTTPRequest.Method, String, String?)] {
                let answer = try await service.call(method, uri, body)
                #expect(
                    answer.status == 503 && answer.code == "CLOCK_IN_DOUBT" && answer.headers[.retryAfter] != nil, "\(uri) \(answer.text)")
            }
            let readiness = try await service.call(.get, "/readyz", key: nil)
            #expect(readiness.status == 503 && readiness.code == "CLOCK_IN_DOUBT")
            #expect(try await service.call(.get, "/healthz", key: nil).status == 200)
            #expect(try await service.call(.post, "/v1/keys/\(key.id)/disable").status == 200)
            #expect(try await service.call(.post, "/v1/keys/\(key.id)/revoke").status == 200)

            service.clock.step(seconds: -seconds)
            #expect(try await service.call(.get, "/readyz", key: nil).status == 200)
            #expect(try await service.call(.post, "/v1/verify", question)["code"]?.string == "REVOKED")
        }
    }

    @Test("Confirmed, it decides, and the log says so")
    func confirmed() async throws {
        try await Service.run { service in
            let key = try await service.key(expiresIn: 3600)
            service.clock.step(seconds: 7200)
            #expect(try await service.call(.post, "/v1/verify", "{\"key\":\"\(key.secret)\"}").code == "CLOCK_IN_DOUBT")
            _ = try await service.ledger.time.confirmClock()
            #expect(try await service.call(.post, "/v1/verify", "{\"key\":\"\(key.secret)\"}")["code"]?.string == "EXPIRED")
            let events = try await service.call(.get, "/v1/events?type=ClockConfirmed")
            #expect(events.status == 200 && events.text.contains("\"expectedClock\""), "\(events.text)")
        }
    }
}
