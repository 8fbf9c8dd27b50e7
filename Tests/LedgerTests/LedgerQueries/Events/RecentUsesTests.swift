import KeyEvents
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerQueries

/// The uses of a span are read whole where they are few, and as a sample of each hour where they are many.
@Suite struct RecentUsesTests {
    @Test func areThoseOfTheKeyInTheSpan() async throws {
        let home = TestHome(seed: 1)
        try await home.withLedger { ledger in
            let (id, secret) = try await ledger.newKey("Mews", account: .hotel, scopes: ["a:b"])
            let other = try await ledger.newKey("Other", account: .hotel)
            func use(_ secret: String, _ address: String, _ scopes: [String] = []) async throws {
                _ = try await ledger.verifier.verify(
                    secret, AccessCheck(scopes: scopes), context: UseContext(clientAddress: address), actor: .commandLine)
            }
            try await use(secret, "192.0.2.1")
            home.clock.advance(microseconds: 3_600_000_000)
            let start = ledger.time.now
            for number in 0..<5 {
                try await use(secret, "192.0.2.\(number + 2)", ["a:b"])
                try await use(secret, "203.0.113.\(number + 2)", ["a:b"])
                try await use(other.secret, "198.51.100.2")
                home.clock.advance(microseconds: 1_800_000_000)
            }
            func recent(perHour limit: Int) throws -> (addresses: [String], isSample: Bool) {
                let recent = try ledger.events.recentUses(
                    of: id, from: start, to: ledger.time.now, perHour: limit, for: .commandLine)
                #expect(recent.uses.allSatisfy { $0.count == 1 && $0.scopesAsked == ["a:b"] })
                return (recent.uses.flatMap { $0.addresses?.entries.compactMap(\.address) ?? [] }, recent.isSample)
            }
            let all = try recent(perHour: 100)
            #expect(all.addresses == (2...6).flatMap { ["192.0.2.\($0)", "203.0.113.\($0)"] } && !all.isSample)
            let sample = try recent(perHour: 3)
            #expect(
                sample.addresses
                    == ["192.0.2.2", "203.0.113.2", "192.0.2.3", "192.0.2.4", "203.0.113.4", "192.0.2.5", "192.0.2.6", "203.0.113.6"],
                "\(sample)")
            #expect(sample.isSample)
            // A refusal is no use.
            try await use(secret, "198.51.100.1", ["refused"])
            home.clock.advance(microseconds: 1)
            #expect(try recent(perHour: 100).addresses == all.addresses)
        }
    }
}
