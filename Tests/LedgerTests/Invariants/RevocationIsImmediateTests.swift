import KeyEvents
import TestSupport
import Testing
import Validation

@testable import Ledger

/// After a revocation is acknowledged, no validation that starts later, in any process on the host, accepts the key. Every
/// KeyUsed carries the position it was decided at; none has one at or beyond its key's KeyRevoked or KeyExpired. In durable
/// mode the order in the log shows it too.
@Suite(.holdsLedgers) struct RevocationIsImmediateTests {
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(1))])
    func nothingAcceptedAfterARevocationWasAcknowledged(_ recording: UseRecording) async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(recording) { ledger in
            for _ in 0..<12 {
                let (id, secret) = try await ledger.newKey()
                let isAcknowledged = Flag()
                let accepted = Counter()
                let late = Counter()
                try await withThrowingTaskGroup { group in
                    for _ in 0..<16 {
                        group.addTask {
                            for _ in 0..<20 {
                                let startedLate = isAcknowledged.isSet
                                let verdict = try await ledger.verify(secret)
                                if verdict == .valid { accepted.add() }
                                if startedLate, verdict != .revoked { late.add() }
                                // Time goes on, so that windows of every age are open when the revocation comes.
                                home.clock.advance(microseconds: 2_000)
                            }
                        }
                    }
                    group.addTask {
                        await waitUntil { accepted.value >= 40 }
                        _ = try await ledger.commands.revokeKey(id, by: .commandLine)
                        isAcknowledged.set()
                    }
                    try await group.waitForAll()
                }
                #expect(late.value == 0)
                #expect(try await ledger.verify(secret) == .revoked)
                try await ledger.settle()
                let counted = try ledger.log(of: id).compactMap(\.accepted).reduce(0) { $0 + $1.count }
                #expect(counted == UInt64(accepted.value))
            }
            try Self.checkUsesBeforeEnds(ledger, isInOrder: recording == .durable)
        }
    }

    /// A use that waits for the writer while the revocation overtakes it: lifecycle commands go first.
    @Test func aUseOvertakenByTheRevocationIsRefused() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (id, secret) = try await ledger.newKey()
            // Decided on the state before the revocation, recorded after it.
            let verdict = try ledger.verifier.evaluate(secret)
            #expect(verdict.isValid)
            _ = try await ledger.commands.revokeKey(id, by: .commandLine)
            let held = try await ledger.recorder.record(verdict, accessCheck: AccessCheck(), context: UseContext(), actor: .commandLine)
            #expect(held.code == .revoked)
            try await ledger.settle()
            #expect(try ledger.types(of: id) == ["KeyCreated", "KeyRevoked", "KeyRefused"])
        }
    }

    @Test func aUseOvertakenByADisablingOrAChangeIsDecidedAnew() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (id, secret) = try await ledger.newKey(scopes: ["a:read"])
            let accessCheck = AccessCheck(scopes: ["a:read"])
            let first = try ledger.verifier.evaluate(secret, accessCheck)
            _ = try await ledger.commands.changeKey(id, KeyChange(scopes: ["b:read"]), by: .commandLine)
            let second = try await ledger.recorder.record(first, accessCheck: accessCheck, context: UseContext(), actor: .commandLine)
            #expect(second.code == .insufficientScope)
            let third = try ledger.verifier.evaluate(secret)
            _ = try await ledger.commands.disableKey(id, by: .commandLine)
            #expect(
                try await ledger.recorder.record(third, accessCheck: AccessCheck(), context: UseContext(), actor: .commandLine).code
                    == .disabled)
            // A lifecycle event of another key does not affect the verdict, which states the position at which it was confirmed.
            let other = try await ledger.newKey()
            let fourth = try ledger.verifier.evaluate(other.secret)
            let revoked = try await ledger.commands.revokeKey(id, by: .commandLine)
            #expect(
                try await ledger.recorder.record(fourth, accessCheck: AccessCheck(), context: UseContext(), actor: .commandLine).isValid)
            let use = try #require(try ledger.log(of: other.id).last?.accepted)
            #expect(use.decidedAtPosition == revoked.position)
        }
    }

    @Test func aRevocationByAnotherProcessHoldsAtOnce() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let (id, secret) = try await ledger.newKey()
            #expect(try await ledger.verify(secret) == .valid)
            await Self.revokes(home.folder.path, id.description)
            #expect(try await ledger.verify(secret) == .revoked)
            try await ledger.settle()
            try Self.checkUsesBeforeEnds(ledger, isInOrder: true)
        }
    }

    @Test func aWindowClosesBeforeEveryLifecycleEventOfItsKey() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger(.aggregated(window: .seconds(3600))) { ledger in
            let (id, secret) = try await ledger.newKey()
            let other = try await ledger.newKey()
            func use(_ times: Int) async throws {
                for _ in 0..<times { _ = try await ledger.verify(secret) }
                _ = try await ledger.verify(other.secret)
            }
            try await use(2)
            _ = try await ledger.commands.changeKey(id, KeyChange(name: "Guesty"), by: .commandLine)
            try await use(3)
            _ = try await ledger.commands.disableKey(id, by: .commandLine)
            try await use(4)
            _ = try await ledger.commands.enableKey(id, by: .commandLine)
            try await use(5)
            _ = try await ledger.commands.revokeKey(id, by: .commandLine)
            let log = try ledger.log(of: id)
            #expect(
                log.map(\.type) == [
                    "KeyCreated", "KeyUsed", "KeyChanged", "KeyUsed", "KeyDisabled", "KeyRefused", "KeyEnabled", "KeyUsed", "KeyRevoked",
                ])
            #expect(log.compactMap { $0.use?.count } == [2, 3, 4, 5])
            // The other key's window is open still.
            #expect(try ledger.types(of: other.id) == ["KeyCreated"])
            try await ledger.settle()
            #expect(try ledger.log(of: other.id).last?.accepted?.count == 4)
            try Self.checkUsesBeforeEnds(ledger, isInOrder: true)
        }
    }

    private static func revokes(_ path: String, _ key: String) async {
        await #expect(processExitsWith: .success) { [path = path as String, key = key as String] in
            let ledger = try Ledger.open(DataFolder(path: path), options: .init(clock: TestClock().ledgerClock))
            let id = try #require(KeyID(key))
            _ = try await ledger.commands.revokeKey(id, by: .commandLine)
            ledger.close()
        }
    }

    static func checkUsesBeforeEnds(_ ledger: Ledger, isInOrder: Bool) throws {
        let log = try ledger.log()
        var ends: [KeyID: UInt64] = [:]
        for entry in log where entry.type == "KeyRevoked" || entry.type == "KeyExpired" { ends[entry.event.keyID] = entry.position }
        for entry in log {
            guard let use = entry.accepted else { continue }
            #expect(use.decidedAtPosition < entry.position)
            guard let end = ends[entry.event.keyID] else { continue }
            #expect(use.decidedAtPosition < end)
            if isInOrder { #expect(entry.position < end) }
        }
    }
}
