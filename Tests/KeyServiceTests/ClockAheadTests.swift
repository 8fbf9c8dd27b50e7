import KeyEvents
import Projections
import Testing
import Validation

@testable import KeyService

/// A record written while the clock was ahead keeps the stamps of the log ahead; what is decided goes by the clock.
@Suite struct ClockAheadTests {
    @Test func nothingExpiresByAStamp() async throws {
        let seed = printedSeed()
        var random = SplitMix64(seed: seed)
        for round in 0..<6 as Range<UInt64> {
            let home = TestHome(seed: seed &+ round)
            try await home.withLedger { ledger in
                let other = try await ledger.newKey()
                let lifetime = Int64.random(in: 10...100_000, using: &random)
                let key = try await ledger.newKey(scopes: ["a:*"], expiresAt: home.clock.now.adding(seconds: lifetime))
                let ahead = lifetime + Int64.random(in: 0...100_000, using: &random)
                home.clock.step(seconds: ahead)
                #expect(try await ledger.verify(other.secret) == .valid)
                let stamp = home.clock.now
                home.clock.step(seconds: -ahead)
                home.clock.advance(seconds: 1)

                #expect(try await ledger.verify(key.secret) == .valid)
                _ = try await ledger.disableKey(key.id, by: .commandLine, commandID: "d")
                _ = try await ledger.enableKey(key.id, by: .commandLine)
                #expect(try await ledger.disableKey(key.id, by: .commandLine, commandID: "d").isRepeat)
                // Decided anew in the writer, since the state changed.
                #expect(try await ledger.verify(key.secret) == .valid)
                let soon = home.clock.now.adding(seconds: lifetime)
                _ = try await ledger.changeKey(key.id, KeyChange(expiry: .at(soon)), by: .commandLine)
                let late = try await ledger.newKey(expiresAt: home.clock.now.adding(seconds: 5))
                #expect(try await ledger.verify(late.secret) == .valid)
                #expect(try ledger.types().contains("KeyExpired") == false)
                #expect(try ledger.log().suffix(7).allSatisfy { $0.event.recordedAt == stamp })
                // By the clock they do expire.
                home.clock.advance(seconds: lifetime)
                #expect(try await ledger.verify(key.secret) == .expired)
                await #expect(throws: ServiceError.refused(.ended(.expired))) {
                    _ = try await ledger.disableKey(key.id, by: .commandLine)
                }
                #expect(try ledger.types(of: key.id).last == "KeyExpired")
                let check = try await ledger.replay(isCheck: true) { _, _ in }
                #expect(check.differences.count == 0)
            }
        }
    }
}
