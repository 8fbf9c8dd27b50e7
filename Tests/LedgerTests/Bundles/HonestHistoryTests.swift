import EventLog
import Foundation
import KeyEvents
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerAudit

/// What the service writes is never said to be forged: by several callers at once, with uses that are buffered and counted, rotations, ends
/// that come by themselves, and a clock that is set.
@Suite("Every log that the service writes verifies")
struct HonestHistoryTests {
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(30))])
    func everyHistory(_ recording: UseRecording) async throws {
        let seed = printedSeed()
        for round in 0..<3 as Range<UInt64> {
            let home = TestHome(seed: seed &+ round)
            let file = home.folder.path + "-bundle"
            defer { try? FileManager.default.removeItem(atPath: file) }
            var random = SplitMix64(seed: seed &+ round)
            var life = RandomLife()
            var offset: Int64 = 0
            for _ in 0..<3 {
                try await home.withLedger(recording) { ledger in
                    for _ in 0..<120 {
                        // Its own small steps may add up to one that is doubted.
                        do { try await life.step(ledger, home, &random) } catch LedgerError.clockInDoubt {
                            _ = try await ledger.time.confirmClock()
                        }
                        // Minutes, which the log goes on through; or far ahead or behind, which somebody confirms, or puts right again.
                        if random.chance(4) {
                            let other: Int64 = random.pick([0, 0, 200, -200, 3600, -3600, -86_400, 400 * 86_400])
                            home.clock.step(seconds: other - offset)
                            if ledger.time.clockProblem == nil {
                                offset = other
                            } else if random.chance(50) {
                                offset = other
                                if random.chance(50) { _ = try? await ledger.commands.revokeKey(life.keys[0].id, by: .commandLine) }
                                _ = try await ledger.time.confirmClock()
                            } else {
                                if random.chance(50) { _ = try? await ledger.commands.disableKey(life.keys[0].id, by: .commandLine) }
                                home.clock.step(seconds: offset - other)
                            }
                        }
                    }
                    try await ledger.settle()
                }
            }
            try await home.withLedger(recording) { ledger in
                let findings = Box<Finding>([])
                _ = try LogVerifier(ledger.reader).run(progress: { _ in }, finding: { findings.append($0) })
                #expect(findings.value == [])
                let some = [ExportFilter(), ExportFilter(account: .hotel), ExportFilter(from: 40)]
                for filter in some + life.keys.map({ ExportFilter(key: $0.id) }) {
                    try Self.export(ledger, filter, file)
                    #expect(try BundleVerification(verifier: ledger.log.logVerifier()).run(file: file).findings == [], "\(filter)")
                }
            }
        }
    }

    /// What a key does with keys, as it may, and what it is refused stands in no record.
    @Test func keysThatChangeKeys() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let boss = try await ledger.newKey(account: .hotel, permissions: [.keysRead, .keysWrite])
            let caller = try #require(Caller(ledger.verifier.evaluate(boss.secret)))
            let key = try await ledger.newKey(account: .hotel, permissions: [.keysRead], by: caller)
            _ = try await ledger.commands.rotateKey(key.id, olderRetires: .whenNewerIsUsed, by: caller)
            _ = try await ledger.commands.rotateKey(key.id, olderRetires: .after(.seconds(60)), by: caller)
            _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "n", scopes: ["a:b"], permissions: []), by: caller)
            _ = try await ledger.commands.disableKey(key.id, by: caller)
            await #expect(throws: ServiceError.self) {
                _ = try await ledger.commands.changeKey(boss.id, KeyChange(permissions: [.admin]), by: caller)
            }
            let less = KeyChange(permissions: [.keysWrite], expiry: .at(ledger.time.now.adding(seconds: 5)))
            _ = try await ledger.commands.changeKey(boss.id, less, by: caller)
            home.clock.advance(seconds: 10)
            await #expect(throws: ServiceError.self) { _ = try await ledger.commands.enableKey(key.id, by: caller) }
            _ = try? await ledger.commands.revokeKey(bySecret: boss.secret, reason: "found")
            try await ledger.settle()
            let findings = Box<Finding>([])
            _ = try LogVerifier(ledger.reader).run(progress: { _ in }, finding: { findings.append($0) })
            #expect(findings.value == [])
        }
    }

    private static func export(_ ledger: Ledger, _ filter: ExportFilter, _ file: String) throws {
        var bytes: [UInt8] = []
        try ledger.bundles.exportBundle(filter) { bytes += $0 }
        try Data(bytes).write(to: URL(fileURLWithPath: file))
    }
}
