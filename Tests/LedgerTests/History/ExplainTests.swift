import Bytes
import EventLog
import KeyEvents
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerAudit
@testable internal import LedgerQueries

@Suite("Every recorded verdict can be decided again")
struct ExplainTests {
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(30))])
    func agreesWithEveryRecordedVerdict(_ recording: UseRecording) async throws {
        let seed = printedSeed()
        let home = TestHome(seed: seed)
        var random = SplitMix64(seed: seed)
        var codes: Set<VerdictCode> = []
        var life = RandomLife()
        for _ in 0..<3 {
            try await home.withLedger(recording) { ledger in
                for _ in 0..<250 { try await life.step(ledger, home, &random) }
                try await ledger.settle()
            }
        }
        try await home.withLedger(recording) { ledger in
            for entry in try ledger.log() {
                let explanation = try ledger.audit.explain(entry.position)
                #expect(explanation.event == entry.event && explanation.position == entry.position)
                guard let use = entry.use else {
                    #expect(explanation.finding == .isNoVerdict && explanation.matches == nil && explanation.recorded == nil)
                    continue
                }
                let code = try #require(explanation.recorded)
                codes.insert(code)
                #expect(explanation.matches == true, "\(entry.position) \(entry.event) \(explanation)")
                #expect(explanation.recorded?.refusal == entry.refusal)
                #expect(explanation.evidence.first?.type == "KeyCreated")
                #expect(explanation.evidence.allSatisfy { $0.position <= use.decidedAtPosition })
            }
        }
        #expect(codes.isSuperset(of: [.valid, .notFound, .revoked, .disabled, .ipNotAllowed, .insufficientScope]))
    }

    /// Decisions that race with commands, of one key, in all the ways uses are recorded.
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(5))])
    func decisionsThatRaceAgree(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(recording) { ledger in
            for round in 0..<6 {
                let key = try await ledger.newKey(
                    scopes: ["a:read"], permissions: [.keysRead], expiresAt: home.clock.now.adding(seconds: 1 + Int64(round) * 2))
                try await withThrowingTaskGroup { group in
                    for worker in 0..<8 {
                        group.addTask {
                            for number in 0..<25 {
                                // The clock of one is read before, and its log after, that of another.
                                home.clock.advance(microseconds: 9_000)
                                let accessCheck = AccessCheck(
                                    scopes: number % 3 == 0 ? ["a:read"] : [], address: IPAddress("192.0.2.\(worker * 30)"))
                                if worker == 0 { _ = try ledger.verifier.authenticateCaller(key.secret, from: accessCheck.address) }
                                let context = UseContext(clientAddress: "192.0.2.\(worker * 30)")
                                _ = try await ledger.verifier.verify(key.secret, accessCheck, context: context, actor: .commandLine)
                            }
                        }
                    }
                    group.addTask {
                        for number in 0..<12 {
                            var change = KeyChange()
                            change.scopes = number % 2 == 0 ? ["b:read"] : ["a:read"]
                            change.ipAllowlist = [[], ["192.0.2.0/25"], ["192.0.2.64/26"]][number % 3]
                            _ = try? await ledger.commands.changeKey(key.id, change, by: .commandLine)
                            _ =
                                number % 4 == 0
                                ? try? await ledger.commands.disableKey(key.id, by: .commandLine)
                                : try? await ledger.commands.enableKey(key.id, by: .commandLine)
                            _ = try? await ledger.commands.rotateKey(key.id, olderRetires: .whenNewerIsUsed, by: .commandLine)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            try await ledger.settle()
            for entry in try ledger.log() where entry.use != nil {
                let explanation = try ledger.audit.explain(entry.position)
                #expect(explanation.matches == true, "\(entry.position) \(entry.event) \(explanation)")
            }
        }
    }

    /// Of a window that adds up decisions on several states, all that is told is of one of them.
    @Test func aWindowTellsOfOneDecision() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(.aggregated(window: .seconds(3600))) { ledger in
            let key = try await ledger.newKey(scopes: ["a:read"])
            let early = try ledger.verifier.evaluate(key.secret, AccessCheck(scopes: ["a:read"]))
            // Another process, whose windows close before its commands; those of this one stay open.
            let other = LedgerBeside(ledger)
            try other.change(key.id, KeyChange(scopes: ["b:read"]))
            let late = try ledger.verifier.evaluate(key.secret, AccessCheck(scopes: ["b:read"]))
            // The clock advances, so that the earlier verdict has the later time.
            home.clock.advance(seconds: 1)
            let last = Verdict(early.code, position: early.position, decidedAt: home.clock.now, key: early.key)
            for (verdict, scope) in [(late, "b:read"), (last, "a:read")] {
                let accessCheck = AccessCheck(scopes: [scope])
                _ = try await ledger.recorder.record(verdict, accessCheck: accessCheck, context: UseContext(), actor: .commandLine)
            }
            try await ledger.settle()
            let entry = try #require(try ledger.log().last)
            #expect(entry.accepted?.count == 2 && entry.accepted?.decidedAtPosition == 0 && entry.accepted?.scopesAsked == ["a:read"])
            #expect(try ledger.audit.explain(entry.position).matches == true)
        }
    }

    /// Where a use is confirmed by the writer, time and position are those of the confirmation.
    @Test func aConfirmedUseTellsOfTheConfirmation() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 60))
            let verdict = try ledger.verifier.evaluate(key.secret)
            home.clock.advance(seconds: 59)
            _ = try await ledger.commands.changeKey(key.id, KeyChange(expiry: .at(home.clock.now.adding(seconds: 60))), by: .commandLine)
            home.clock.advance(seconds: 10)
            #expect(
                try await ledger.recorder.record(verdict, accessCheck: AccessCheck(), context: UseContext(), actor: .commandLine).isValid)
            let entry = try #require(try ledger.log().last)
            #expect(entry.accepted?.decidedAtPosition == 1 && entry.accepted?.decidedAt == home.clock.now)
            let explanation = try ledger.audit.explain(entry.position)
            #expect(explanation.matches == true && explanation.evidence.map(\.position) == [0, 1])
        }
    }

    /// The address that decided stands in the record, whatever the caller told beside it, and also of calls to Keyledger itself.
    @Test func theAddressThatDecidedIsRecorded() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let made = try await ledger.commands.createKey(
                CreateKey(name: "n", permissions: [.keysRead], ipAllowlist: ["192.0.2.0/24"]), by: .commandLine)
            let (id, secret) = (made.outcome.key.state.id, try #require(made.secret).reveal())
            let inside = try #require(IPAddress("192.0.2.9"))
            #expect(try ledger.verifier.authenticateCaller(secret, from: inside).caller != nil)
            #expect(try ledger.verifier.authenticateCaller(secret, from: IPAddress("198.51.100.1")).verdict.code == .ipNotAllowed)
            #expect(try ledger.verifier.authenticateCaller(secret).verdict.code == .ipNotAllowed)
            home.clock.advance(seconds: 2)
            for text in ["198.51.100.1", "192.0.2.9\u{1}", "nonsense"] {
                let accessCheck = AccessCheck(address: text == "nonsense" ? nil : inside)
                let verdict = try ledger.verifier.evaluate(secret, accessCheck)
                _ = try await ledger.recorder.record(
                    verdict, accessCheck: accessCheck, context: UseContext(clientAddress: text), actor: .commandLine)
                home.clock.advance(seconds: 2)
            }
            // What a caller says of the address beside the question counts where the question names none.
            #expect(try await ledger.verifier.verify(secret, context: UseContext(clientAddress: "192.0.2.9"), actor: .commandLine).isValid)
            try await ledger.settle()
            let uses = try ledger.log(of: id).filter { $0.use != nil }
            #expect(Set(uses.filter { $0.accepted != nil }.map { $0.personal?.clientAddress }) == ["192.0.2.9"])
            #expect(uses.contains { $0.refusal == .ipNotAllowed && $0.personal?.clientAddress == nil })
            for entry in uses { #expect(try ledger.audit.explain(entry.position).matches == true) }
        }
    }

    @Test func whatCanNoLongerBeReadIsNoMismatch() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let made = try await ledger.commands.createKey(
                CreateKey(name: "n", account: .hotel, scopes: ["a"], ipAllowlist: ["192.0.2.0/24"]), by: .commandLine)
            let (id, secret) = (made.outcome.key.state.id, try #require(made.secret).reveal())
            for (address, scope) in [("192.0.2.9", "a"), ("198.51.100.1", "a"), ("192.0.2.9", "b")] {
                _ = try await ledger.verifier.verify(
                    secret, AccessCheck(scopes: [scope]), context: UseContext(clientAddress: address), actor: .commandLine)
            }
            _ = try await ledger.verifier.verify(secret, AccessCheck(environment: "test"), actor: .commandLine)
            try await ledger.settle()
            func findings() throws -> [RefusalCode?: Bool?] {
                var findings: [RefusalCode?: Bool?] = [:]
                for entry in try ledger.log(of: id) where entry.use != nil {
                    findings[entry.refusal] = try ledger.audit.explain(entry.position).matches
                }
                return findings
            }
            #expect(try findings() == [nil: true, .ipNotAllowed: true, .insufficientScope: true, .notFound: true])
            _ = try ledger.vault.destroy(.hotel)
            #expect(try findings() == [nil: nil, .ipNotAllowed: nil, .insufficientScope: nil, .notFound: true])
            let position = try #require(try ledger.log(of: id).first { $0.use != nil }?.position)
            #expect(try ledger.audit.explain(position).sentence.contains("data key was destroyed"))
        }
    }

    /// Records that no ledger of ours would write: each is found out.
    @Test func whatIsWrongIsADefect() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let now = home.clock.now
            let key = try await ledger.newKey(account: .hotel, scopes: ["a:read"], expiresAt: now.adding(seconds: 60))
            let other = try await ledger.newKey(account: .hotel)
            _ = try await ledger.commands.disableKey(key.id, by: .commandLine)
            _ = try await ledger.commands.enableKey(key.id, by: .commandLine)
            _ = try await ledger.commands.revokeKey(other.id, by: .commandLine)
            func use(_ position: UInt64, after seconds: Int64 = 0, secret: UInt32 = 1, scopes: [String] = []) -> Event.Use {
                Event.Use(secretID: secret, scopesAsked: scopes, decidedAtPosition: position, decidedAt: now.adding(seconds: seconds))
            }
            let wrong: [(KeyID, Event.Body, AccountID)] = [
                (key.id, .used(use(2)), .hotel), (key.id, .refused(use(3), .disabled), .hotel), (other.id, .used(use(4)), .hotel),
                (other.id, .refused(use(3), .revoked), .hotel), (key.id, .used(use(3, after: 60)), .hotel),
                (key.id, .refused(use(3, after: 59), .expired), .hotel), (key.id, .used(use(3, scopes: ["b:read"])), .hotel),
                (key.id, .refused(use(3, scopes: ["a:read"]), .insufficientScope), .hotel), (key.id, .refused(use(3), .notFound), .hotel),
                (key.id, .refused(use(3), .ipNotAllowed), .hotel), (other.id, .used(use(0)), .hotel), (key.id, .used(use(99)), .hotel),
                (key.id, .used(use(3, secret: 2)), .hotel), (key.id, .used(use(3)), .hostel),
            ]
            let right: [(KeyID, Event.Body, AccountID)] = [
                (key.id, .used(use(3)), .hotel), (key.id, .refused(use(2), .disabled), .hotel), (other.id, .used(use(3)), .hotel),
                (key.id, .refused(use(3, after: 60), .expired), .hotel), (key.id, .used(use(3, after: 59)), .hotel),
            ]
            let first = try LedgerBeside(ledger).append(
                (wrong + right).map { Event(keyID: $0, accountID: $2, actor: .commandLine, body: $1) })
            for (index, item) in wrong.enumerated() {
                let explanation = try ledger.audit.explain(first + UInt64(index))
                #expect(explanation.matches == false, "\(item)")
            }
            for index in right.indices {
                let explanation = try ledger.audit.explain(first + UInt64(wrong.count + index))
                #expect(explanation.matches == true, "\(right[index]) \(explanation)")
            }
            #expect(throws: ServiceError.self) { try ledger.audit.explain(9999) }
        }
    }

    @Test func limitsOfOtherVersionsAreNotJudged() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let use = Event.Use(secretID: 1, decidedAtPosition: 0, decidedAt: home.clock.now)
            let position = try LedgerBeside(ledger).append([
                Event(keyID: key.id, accountID: .operator, actor: .commandLine, body: .refused(use, .rateLimited))
            ])
            #expect(try ledger.audit.explain(position).matches == nil)
        }
    }

    @Test func lifecycleEventsSayWhoDidWhat() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            _ = try await ledger.commands.rotateKey(key.id, olderRetires: .whenNewerIsUsed, by: .commandLine)
            _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "x", scopes: ["a"]), by: .holder(.hotel))
            _ = try await ledger.commands.revokeKey(key.id, reason: "gone", reasonCode: "leaked", by: .commandLine)
            let sentences = try (0..<4).map { try ledger.audit.explain($0).sentence }
            #expect(sentences[0].hasPrefix("The key was made (name “Mews”; environment live; secret 1 lhql_live_…"))
            #expect(sentences[0].hasSuffix("; scopes none; permissions none; expiry never) by the operator's command line."))
            #expect(sentences[1].contains("secret number 2") && sentences[1].contains("first use"))
            #expect(sentences[2] == "The key was changed (name “Mews” → “x”; scopes none → a) by “person_1” of the account.")
            #expect(sentences[3] == "The key was revoked for good (leaked) by the operator's command line: “gone”.")
        }
    }
}
