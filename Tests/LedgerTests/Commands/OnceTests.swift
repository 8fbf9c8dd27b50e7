import EventLog
import KeyEvents
import TestSupport
import Testing

@testable import Ledger

/// What is done once is done once on a ledger, over restarts too, for as long as commands are remembered. It is looked up in the
/// writer's transaction, of which there is one at a time among all processes.
@Suite("What is done once") struct OnceTests {
    @Test func aRestartForgetsNothing() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            for index in 0..<5 {
                #expect(try await ledger.commands.isFirst("hand-over", ["a", "\(index)"]))
                #expect(try await ledger.commands.isFirst("hand-over", ["a", "\(index)"]) == false)
            }
            #expect(try await ledger.commands.isFirst("hand-over", ["a0", ""]))
            #expect(try await ledger.commands.isFirst("another", ["a", "0"]))
        }
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            #expect(try await ledger.commands.isFirst("hand-over", ["a", "0"]) == false)
            #expect(try ledger.log.lastPosition() == nil)
            home.clock.advance(seconds: CommandTable.retention.wholeSeconds - 1)
            #expect(try await ledger.commands.isFirst("hand-over", ["a", "4"]) == false)
        }
    }

    @Test func ofManyAtOnceOneIsFirst() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let firsts = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<50 { group.addTask { try await ledger.commands.isFirst("hand-over", ["x"]) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(firsts.filter { $0 }.count == 1)
        }
    }
}
