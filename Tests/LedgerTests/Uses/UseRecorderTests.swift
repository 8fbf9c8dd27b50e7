import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerQueries

@Suite struct UseRecorderTests {
    /// 100,000 calls with an expired key: at most one record a second, and every call counted.
    @Test func aFloodOfRefusalsMakesFewRecords() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 1))
            home.clock.advance(seconds: 1)
            let start = home.clock.now
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        for call in 0..<25_000 {
                            let verdict = try await ledger.verify(key.secret)
                            if verdict != .expired { Issue.record("\(verdict)") }
                            if call % 100 == 0 {
                                home.clock.advance(microseconds: 5_000)
                                ledger.recorder.flush(endedAt: ledger.time.now)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let seconds = home.clock.now.second - start.second + 1
            try await ledger.settle()
            let refusals = try ledger.log(of: key.id).filter { $0.refusal == .expired }
            #expect(refusals.compactMap(\.use).reduce(0) { $0 + $1.count } == 100_000)
            // A call may be counted a moment after its window was recorded; not often.
            #expect(refusals.count <= Int(seconds) * 2, "\(refusals.count) records in \(seconds) s")
            #expect(try ledger.keys.usage(of: key.id, for: .commandLine).usage.counts.refusals == [.expired: 100_000])
            #expect(try ledger.log.lastPosition() == UInt64(refusals.count))
        }
    }

    @Test func unknownSecretsAreNotRecorded() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel)
            let format = try #require(SecretFormat(prefix: "lhql"))
            for byte in 0..<50 as Range<UInt8> {
                _ = try await ledger.verify(format.make(environment: "live", random: { byte }).reveal())
                _ = try await ledger.verify("lhql_live_\(byte)")
            }
            // Nor a key that the asker may not know of.
            _ = try await ledger.verify(key.secret, AccessCheck(account: .hostel))
            try await ledger.settle()
            #expect(try ledger.types() == ["KeyCreated"])
        }
    }

    @Test func aUseSaysWhatWasAskedAndWhereItCameFrom() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(account: .hotel, scopes: ["a:*"])
            let context = UseContext(clientAddress: "192.0.2.1", method: "GET", path: "/listings?x=1")
            let accessCheck = AccessCheck(scopes: ["a:read"], environment: "live")
            home.clock.advance(microseconds: 3)
            let actor = Actor(kind: .key, id: "key_service")
            #expect(try await ledger.verifier.verify(key.secret, accessCheck, context: context, actor: actor).isValid)
            let entry = try #require(try ledger.log().last)
            #expect(
                entry.accepted
                    == Event.Use(
                        secretID: 1, scopesAsked: ["a:read"], environmentAsked: "live", decidedAtPosition: 0, decidedAt: home.clock.now))
            #expect(entry.personal == PersonalFields(clientAddress: "192.0.2.1", method: "GET", path: "/listings"))
            #expect(entry.event.actor == actor && entry.event.accountID == .hotel)
        }
    }

    /// One record a key and minute for the calls it authorises to Keyledger itself.
    @Test func authorisingIsCountedByTheMinute() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey(permissions: [.keysRead])
            home.clock.set(Timestamp(seconds: home.clock.now.second / 60 * 60 + 60))
            for _ in 0..<300 {
                #expect(try ledger.verifier.authenticateCaller(key.secret).caller?.actor == .key(key.id))
                home.clock.advance(microseconds: 500_000)
                ledger.recorder.flush(endedAt: ledger.time.now)
            }
            try await ledger.settle()
            let uses = try ledger.log(of: key.id).compactMap(\.accepted)
            #expect(uses.map(\.count) == [120, 120, 60])
            #expect(uses.allSatisfy { $0.isInternal })
        }
    }

    @Test func aDryRunRecordsNothing() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let verdict = try await ledger.verifier.verify(key.secret, isDryRun: true, actor: .commandLine)
            #expect(verdict.isValid && verdict.position == 0)
            _ = try await ledger.verifier.verify(key.secret, AccessCheck(scopes: ["a:b"]), isDryRun: true, actor: .commandLine)
            try await ledger.settle()
            #expect(try ledger.types() == ["KeyCreated"])
        }
    }
}
