import APITestSupport
import Dispatch
import HTTPTypes
import KeyEvents
import Ledger
import TestSupport
import Testing

@testable import KeyledgerHTTP
@testable import LedgerAPI

/// Takes places among the questions, and keeps them until it lets go.
final class HeldQuestions: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let reached = DispatchSemaphore(value: 0)

    /// Runs `body` while so many questions of each account run, and then as many wait as may.
    static func during(
        _ ledger: Ledger, running: [(account: AccountID, count: Int)], full: AccountID?, _ body: () async throws -> Void
    ) async throws {
        let held = HeldQuestions()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (account, count) in running {
                for _ in 0..<count {
                    group.addTask { try await ledger.lanes.questions.run(for: .account(account)) { held.hold() } }
                    await waitUntil { held.reached.wait(timeout: .now()) == .success }
                }
            }
            if let full {
                for _ in 0..<FairLimits.questions.waitingOfTenant {
                    group.addTask { try await ledger.lanes.questions.run(for: .account(full)) {} }
                }
                await waitUntil { ledger.lanes.questions.load.waiting >= FairLimits.questions.waitingOfTenant }
            }
            // Also where it fails: they would wait for ever.
            var problem: (any Error)?
            do { try await body() } catch { problem = error }
            held.opened.signal()
            try await group.waitForAll()
            if let problem { throw problem }
        }
    }

    private func hold() {
        reached.signal()
        opened.wait()
        opened.signal()
    }
}

@Suite("Questions wait for each other, and nothing else for them")
struct QuestionsTests {
    @Test("While all threads of questions are taken, verifying, commands and health are answered; the account that asks too much is told")
    func nothingElseWaits() async throws {
        try await Service.run { service in
            let flooder = try await service.key("flooder", account: "acme", permissions: [.keysRead, .logRead])
            let writer = try await service.key("writer", account: "bolt", permissions: [.keysRead, .keysWrite])
            let verifier = try await service.key("verifier", account: "bolt", permissions: [.verify])
            let (acme, bolt) = (try #require(AccountID("acme")), try #require(AccountID("bolt")))
            try await HeldQuestions.during(service.ledger, running: [(acme, 2), (bolt, 1)], full: acme) {
                let paths = [
                    "/v1/keys", "/v1/keys?status=revoked&limit=1&at=0", "/v1/keys/\(flooder.id)", "/v1/usage", "/v1/usage?from=0",
                    "/v1/usage?keyId=\(flooder.id)", "/v1/events",
                ]
                for path in paths {
                    let answer = try await service.call(.get, path, key: flooder.secret)
                    #expect(answer.status == 429 && answer.code == "TOO_MANY_QUESTIONS" && answer.headers[.retryAfter] == "1", "\(path)")
                }
                for path in ["/healthz", "/readyz"] {
                    #expect(try await service.call(.get, path, key: nil).status == 200)
                }
                let body = "{\"key\":\"\(writer.secret)\"}"
                #expect(try await service.call(.post, "/v1/verify", key: verifier.secret, body)["code"]?.string == "VALID")
                let many = "{\"requests\":[\(body),\(body)]}"
                #expect(try await service.call(.post, "/v1/verify/batch", key: verifier.secret, many).status == 200)
                // An account's first key waits for the disk, not for questions.
                #expect(try await service.call(.post, "/v1/keys", #"{"name":"n","accountId":"new"}"#).status == 201)
                let made = try await service.call(.post, "/v1/keys", key: writer.secret, #"{"name":"n"}"#)
                let path = "/v1/keys/\(try #require(made["id"]?.string))"
                for graceSeconds in [60, 0] {
                    let answer = try await service.call(
                        .post, path + "/rotate", key: writer.secret, "{\"graceSeconds\":\(graceSeconds)}")
                    #expect(answer.status == 200)
                }
                #expect(try await service.call(.patch, path, key: writer.secret, #"{"name":"m"}"#).status == 200)
                #expect(try await service.call(.post, path + "/disable", key: writer.secret).status == 200)
                #expect(try await service.call(.post, path + "/enable", key: writer.secret).status == 200)
                let revoked = try await service.call(.post, path + "/revoke", key: writer.secret, #"{"reason":"lost"}"#)
                #expect(revoked["status"]?.string == "revoked")
                // Something is kept for operators.
                #expect(try await service.call(.get, "/v1/keys").status == 200)
            }
            #expect(try await service.call(.get, "/v1/keys", key: flooder.secret).status == 200)
        }
    }

    @Test("Every GET but those of health and of gateways is a question")
    func questionsAreDescribed() {
        for operation in OpenAPI.shared.operations where operation.method == "GET" {
            let isQuestion = !["checkHealth", "checkReadiness", "forwardAuth"].contains(operation.id)
            #expect(operation.statuses.contains(429) == isQuestion, "\(operation.id)")
        }
    }

    @Test(
        "Streams get a quarter of a server's connections, one account a quarter of that, and never more than usual",
        arguments: [(10_000, 256, 64), (1024, 256, 64), (400, 100, 25), (64, 16, 4), (16, 4, 1), (3, 1, 1)])
    func streamsOfConnections(_ connections: Int, _ all: Int, _ own: Int) throws {
        let settings = EventStreamSettings(maxConnections: connections)
        #expect(settings.maxStreams == all && settings.maxPerAccount == own)
        let limiter = StreamLimiter(settings)
        var taken: [StreamPermit] = []
        let account = try #require(AccountID("acme"))
        while let permit = try? limiter.take(for: account) { taken.append(permit) }
        #expect(taken.count == min(own, all - all / 8))
        while let permit = try? limiter.take(for: .operator) { taken.append(permit) }
        #expect(limiter.taken == all)
        #expect { _ = try limiter.take(for: .operator) } throws: { ($0 as? Problem)?.code == .tooManyStreams }
    }

    @Test("Some streams are kept for operators")
    func streams() throws {
        var settings = EventStreamSettings()
        settings.maxStreams = 16
        settings.maxPerAccount = 4
        let limiter = StreamLimiter(settings)
        var taken: [StreamPermit] = []
        for number in 0..<20 {
            if let account = AccountID("account-\(number / 4)"), let permit = try? limiter.take(for: account) { taken.append(permit) }
        }
        #expect(taken.count == 14)
        for _ in 0..<2 { taken.append(try limiter.take(for: .operator)) }
        #expect(throws: Problem.self) { try limiter.take(for: .operator) }
        taken = []
        #expect(limiter.taken == 0)
    }
}
