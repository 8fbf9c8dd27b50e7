import EventLog
import KeyEvents
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerAudit

/// Positions are gapless, start at 0, and are in commit order. `recorded_at` never decreases.
@Suite(.holdsLedgers) struct PositionsAreGaplessTests {
    @Test func positionsAreGaplessAndTimesNeverDecrease() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            #expect(try ledger.log.lastPosition() == nil)
            try await withThrowingTaskGroup { group in
                for worker in 0..<8 {
                    group.addTask {
                        for round in 0..<6 {
                            let key = try await ledger.newKey("\(worker)-\(round)")
                            // A wall clock that is set forth and back again.
                            home.clock.step(seconds: round.isMultiple(of: 2) ? 5 : -9)
                            _ = try await ledger.verify(key.secret)
                            if round == 3 { _ = try await ledger.commands.revokeKey(key.id, by: .commandLine) }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try Self.checkOrder(ledger, count: 8 * 6 * 2 + 8)
        }
    }

    @Test func whatWasAcknowledgedFirstHasTheLowerPosition() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            var last: UInt64?
            for _ in 0..<20 {
                let made = try await ledger.commands.createKey(CreateKey(name: "Mews"), by: .commandLine)
                #expect(made.outcome.position == (last.map { $0 + 1 } ?? 0))
                last = made.outcome.position
                #expect(try ledger.log.lastPosition() == last)
            }
        }
    }

    @Test func twoProcessesShareOneSequence() async throws {
        let home = TestHome(seed: printedSeed())
        let acknowledged = Lines(path: home.folder.path + "-lines")
        try await home.withLedger { ledger in
            async let other: Void = Self.createsKeys(home.folder.path, acknowledged.path, count: 60)
            var own: [String] = []
            for _ in 0..<60 {
                let made = try await ledger.commands.createKey(CreateKey(name: "Mews"), by: .commandLine)
                own.append("\(made.outcome.position) \(made.outcome.key.state.id)")
            }
            await other
            let all = own + acknowledged.read()
            #expect(all.count == 120)
            #expect(Set(all) == Set(try ledger.log().map { "\($0.position) \($0.event.keyID)" }))
            try Self.checkOrder(ledger, count: 120)
        }
    }

    private static func createsKeys(_ path: String, _ lines: String, count: Int) async {
        await #expect(processExitsWith: .success) { [path = path as String, lines = lines as String, count = count as Int] in
            let ledger = try Ledger.open(DataFolder(path: path), options: .init(clock: TestClock().ledgerClock))
            for _ in 0..<count {
                let made = try await ledger.commands.createKey(CreateKey(name: "Guesty"), by: .commandLine)
                Lines(path: lines).append("\(made.outcome.position) \(made.outcome.key.state.id)")
            }
            ledger.close()
        }
    }

    static func checkOrder(_ ledger: Ledger, count: Int) throws {
        let log = try ledger.log()
        #expect(log.map(\.position) == Array(0..<UInt64(count)))
        let times = log.map(\.event.recordedAt)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 <= $1 })
        _ = try LogVerifier(ledger.reader).run(progress: { _ in }, finding: { Issue.record("\($0)") })
    }
}
