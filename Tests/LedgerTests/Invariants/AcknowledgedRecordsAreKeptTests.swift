import EventLog
import Glibc
import KeyEvents
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger

/// A record, once acknowledged, is never changed, reordered or lost: not by kill -9, power loss, a full disk, a full map, or a
/// second process. (A full disk: `StorageFullTests`. Hundreds of kills: `tools/`.)
@Suite(.holdsLedgers) struct AcknowledgedRecordsAreKeptTests {
    @Test func survivesKillsUnderLoad() async throws {
        let home = TestHome(seed: printedSeed())
        let lines = Lines(path: home.folder.path + "-lines")
        // Open all the while: another process dies with the writer's lock in its hand.
        try await home.withLedger { ledger in
            for milliseconds in [40, 90, 170, 260] {
                await Self.isKilled(home.folder.path, lines.path, after: milliseconds)
                let before = try ledger.log()
                _ = try await ledger.newKey("after")
                // The last batch of the dead one may appear now; nothing that was there is gone.
                #expect(try ledger.log().prefix(before.count).map(\.event) == before.map(\.event))
            }
            try Self.checkAcknowledged(lines, ledger)
        }
        try await home.withLedger { try Self.checkAcknowledged(lines, $0) }
    }

    @Test func survivesAMapThatIsFullAgainAndAgain() async throws {
        let home = TestHome(seed: printedSeed())
        try await home.withLedger { ledger in
            let size = ledger.health.storage.mapBytes
            var acknowledged: [UInt64: KeyID] = [:]
            try await withThrowingTaskGroup { group in
                for _ in 0..<400 {
                    group.addTask {
                        let metadata = ["note": String(repeating: "x", count: 4000)]
                        let made = try await ledger.commands.createKey(CreateKey(name: "Mews", metadata: metadata), by: .commandLine)
                        return (made.outcome.position, made.outcome.key.state.id)
                    }
                }
                for try await (position, id) in group { acknowledged[position] = id }
            }
            #expect(ledger.health.storage.mapBytes > size)
            #expect(acknowledged == Dictionary(uniqueKeysWithValues: try ledger.log().map { ($0.position, $0.event.keyID) }))
            try PositionsAreGaplessTests.checkOrder(ledger, count: 400)
        }
    }

    @Test func nothingAcknowledgedIsLostByClosing() async throws {
        for recording in [UseRecording.durable, .buffered, .aggregated(window: .seconds(10))] {
            let home = TestHome(seed: printedSeed())
            try await home.withLedger(recording) { ledger in
                let key = try await ledger.newKey(scopes: ["a:*"])
                for _ in 0..<300 { #expect(try await ledger.verify(key.secret) == .valid) }
                for _ in 0..<40 { #expect(try await ledger.verify(key.secret, AccessCheck(scopes: ["b:read"])) == .insufficientScope) }
            }
            try await home.withLedger { ledger in
                let uses = try ledger.log().compactMap(\.accepted).reduce(0) { $0 + $1.count }
                let refused = try ledger.log().filter { $0.refusal == .insufficientScope }.compactMap(\.use).reduce(0) { $0 + $1.count }
                #expect(uses == 300, "\(recording)")
                #expect(refused == 40, "\(recording)")
            }
            #expect(home.reports == [])
        }
    }

    /// Creates and uses keys in another process, as fast as it can, until that kills itself.
    private static func isKilled(_ path: String, _ lines: String, after milliseconds: Int) async {
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, lines = Lines(path: lines).path as String, milliseconds = milliseconds as Int] in
            let lines = Lines(path: lines)
            let ledger = try Ledger.open(DataFolder(path: path), options: .init(clock: TestClock().ledgerClock))
            Task.detached {
                try await Task.sleep(for: .milliseconds(milliseconds))
                kill(getpid(), SIGKILL)
            }
            try await withThrowingTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        while true {
                            let made = try await ledger.commands.createKey(CreateKey(name: "Mews"), by: .commandLine)
                            lines.append("\(made.outcome.position) KeyCreated \(made.outcome.key.state.id)")
                            guard let secret = made.secret else { return }
                            for _ in 0..<4 where try await ledger.verify(secret.reveal()) == .valid {
                                lines.append("- KeyUsed \(made.outcome.key.state.id)")
                            }
                            let revoked = try await ledger.commands.revokeKey(made.outcome.key.state.id, by: .commandLine)
                            lines.append("\(revoked.position) KeyRevoked \(made.outcome.key.state.id)")
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    private static func checkAcknowledged(_ lines: Lines, _ ledger: Ledger) throws {
        let log = try ledger.log()
        let acknowledged = lines.read().map { $0.split(separator: " ").map(String.init) }
        #expect(!acknowledged.isEmpty)
        var uses: [String: Int] = [:]
        for line in acknowledged {
            if line[1] == "KeyUsed" {
                uses[line[2], default: 0] += 1
            } else if let position = UInt64(line[0]) {
                #expect(position < UInt64(log.count))
                guard position < UInt64(log.count) else { continue }
                #expect(log[Int(position)].type == line[1] && log[Int(position)].event.keyID.description == line[2])
            }
        }
        let recorded = Dictionary(grouping: log.filter { $0.accepted != nil }, by: { $0.event.keyID.description })
        for (key, count) in uses { #expect(recorded[key]?.count ?? 0 >= count) }
        for key in recorded.values { #expect(key.count <= 4) }
        try PositionsAreGaplessTests.checkOrder(ledger, count: log.count)
    }
}
