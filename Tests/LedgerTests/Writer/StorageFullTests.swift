import Bytes
import EventLog
import Foundation
import Glibc
import KeyEvents
import Projections
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable import LedgerAPI
@testable internal import LedgerQueries

/// A disk filled by uses, on a small file system of the test's own (which takes root).
@Suite(.enabled(if: SmallDisk.isPossible, "needs the right to mount")) struct StorageFullTests {
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(window: .seconds(5))])
    func usesStopButRevokingGoesOn(_ recording: UseRecording) async throws {
        let disk = try SmallDisk()
        defer { disk.unmount() }
        let home = TestHome(seed: printedSeed(), in: disk.path)
        let (key, doomed) = try await home.withLedger(recording) { ledger in
            let key = try await ledger.newKey("Mews", scopes: ["*"])
            let doomed = try await ledger.newKey("Guesty", scopes: ["*"])
            #expect(try await ledger.verify(key.secret) == .valid)
            try disk.fill()
            try await Self.fillWithUses(ledger, key.id)
            #expect(!ledger.health.canRecordUses)
            for _ in 0..<3 { await Self.expectFull { try await ledger.verify(key.secret) } }
            // A refusal is an answer still, and lifecycle commands have their reserve.
            #expect(try await ledger.commands.revokeKey(doomed.id, reason: "lost", by: .commandLine).isChange)
            #expect(try await ledger.verify(doomed.secret) == .revoked)
            for number in 0..<20 { _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "name \(number)"), by: .commandLine) }
            #expect(try ledger.keys.listKeys(for: .commandLine, limit: 10).count == 2)
            return (key, doomed)
        }
        // After a restart on the full disk it holds.
        try await home.withLedger(recording) { ledger in
            #expect(!ledger.health.canRecordUses)
            await Self.expectFull { try await ledger.verify(key.secret) }
            #expect(try await ledger.verify(doomed.secret) == .revoked)
            #expect(try ledger.keys.decryptedKey(key.id, for: .commandLine).name == "name 19")
            disk.empty()
            // The writer looks for room with each batch, and commands make batches too.
            _ = try await ledger.commands.changeKey(key.id, KeyChange(name: "free"), by: .commandLine)
            #expect(ledger.health.canRecordUses)
            #expect(try await ledger.verify(key.secret) == .valid)
            try await ledger.settle()
            try UsageIsAFoldOfTheLogTests.compare(ledger, [key.id, doomed.id])
            let check = try await ledger.maintenance.replay(isCheck: true) { _, _ in }
            #expect(check.differences.count == 0)
            try PositionsAreGaplessTests.checkOrder(ledger, count: Int(try #require(try ledger.log.lastPosition())) + 1)
        }
    }

    /// An account's first key needs a file in the vault too, and figures that cannot be brought up to date say how far they reach.
    @Test func aFullDiskIsToldAsOne() async throws {
        let disk = try SmallDisk()
        defer { disk.unmount() }
        let home = TestHome(seed: printedSeed(), in: disk.path)
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("Mews", scopes: ["*"])
            #expect(try ledger.keys.usage(of: key.id, for: .commandLine).usageEnd == nil)
            try disk.fill()
            try await Self.fillWithUses(ledger, key.id)
            try disk.fill()
            await Self.expectFull {
                _ = try await ledger.newKey(account: .hotel)
                return .valid
            }
            let next = try #require(try ledger.log.lastPosition()) + 1
            let shown = try ledger.keys.usage(of: key.id, for: .commandLine)
            let end = try #require(shown.usageEnd)
            #expect(end < next && shown.usage.counts.uses < next)
            let listed = try ledger.keys.listKeys(for: .commandLine, limit: 10)
            #expect(listed.map(\.usageEnd) == [end])
            // Every document with figures says it.
            for figures in [listed[0], shown] {
                #expect(try JSON.string(KeyDocument(figures, at: ledger.time.now)).contains("\"usageToPosition\":\(end)"))
            }
            #expect(try JSON.string(UsageDocument(shown)).contains("\"toPosition\":\(end)"))
            disk.empty()
            #expect(try ledger.keys.usage(of: key.id, for: .commandLine).usageEnd == nil)
        }
    }

    /// Uses acknowledged before the disk was full wait for room, and are recorded then.
    @Test func acknowledgedUsesWaitForRoom() async throws {
        let disk = try SmallDisk()
        defer { disk.unmount() }
        let home = TestHome(seed: printedSeed(), in: disk.path)
        try await home.withLedger(.buffered) { ledger in
            let key = try await ledger.newKey("Mews", scopes: ["*"])
            let gate = await Gate.close(ledger)
            try disk.fill()
            // The records take a page each: more than the file has room for, less than the disk.
            let uses = (0..<2500).map { _ in ProbeJob(isAcknowledged: true, Self.use(of: key.id, bytes: 3500)) }
            for use in uses { ledger.writer.enqueue(use) }
            gate.open()
            await waitUntil { !ledger.health.canRecordUses }
            #expect(uses.contains { $0.ends == [] } && uses.contains { $0.ends == [.done] })
            #expect(uses.allSatisfy { $0.ends == [] || $0.ends == [.done] })
            #expect(try await ledger.commands.revokeKey(key.id, by: .commandLine).isChange)
            disk.empty()
            for _ in 0..<3000 where uses.contains(where: { $0.ends == [] }) { try await Task.sleep(for: .milliseconds(20)) }
            #expect(uses.allSatisfy { $0.ends == [.done] })
            #expect(try ledger.log().compactMap(\.accepted).count == 2500)
        }
        #expect(home.reports == [])
    }

    /// Whether there is room again is noticed though nobody writes, and what was refused meanwhile is all recorded then.
    @Test func roomIsNoticedAndRefusalsWait() async throws {
        let disk = try SmallDisk()
        defer { disk.unmount() }
        let home = TestHome(seed: printedSeed(), in: disk.path)
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("Mews", scopes: ["*"])
            let doomed = try await ledger.newKey("Guesty", scopes: ["*"])
            _ = try await ledger.commands.revokeKey(doomed.id, by: .commandLine)
            try disk.fill()
            try await Self.fillWithUses(ledger, key.id)
            let last = try ledger.log.lastPosition()
            for _ in 0..<300 {
                for _ in 0..<3 { #expect(try await ledger.verify(doomed.secret) == .revoked) }
                home.clock.advance(seconds: 1)
                ledger.recorder.recordExpiredWindows(at: ledger.time.now)
            }
            #expect(ledger.aggregator.count <= 3)
            #expect(try ledger.log.lastPosition() == last)
            #expect(!ledger.health.canRecordUses)
            disk.empty()
            #expect(ledger.health.canRecordUses)
            ledger.recorder.recordExpiredWindows(at: ledger.time.now)
            try await ledger.flush()
            #expect(try ledger.log(of: doomed.id).compactMap(\.use).reduce(0) { $0 + $1.count } == 900)
        }
        #expect(home.reports == [])
    }

    /// The largest uses there can be, as many as there are: the reserve is there after them.
    @Test func usesLeaveTheReserve() async throws {
        let disk = try SmallDisk()
        defer { disk.unmount() }
        let home = TestHome(seed: printedSeed(), in: disk.path)
        try await home.withLedger { ledger in
            let key = try await ledger.newKey("Mews", scopes: ["*"])
            let verdict = try ledger.verifier.evaluate(key.secret)
            let accessCheck = AccessCheck(scopes: (0..<32).map { "\($0)" + String(repeating: "s", count: 124) })
            let context = UseContext(clientAddress: "192.0.2.1", method: "GET", path: "/" + String(repeating: "p", count: 255))
            let gate = await Gate.close(ledger)
            try disk.fill()
            await withTaskGroup { group in
                for _ in 0..<3000 {
                    group.addTask {
                        _ = try? await ledger.recorder.record(verdict, accessCheck: accessCheck, context: context, actor: .commandLine)
                    }
                }
                try? await Task.sleep(for: .milliseconds(300))
                gate.open()
            }
            #expect(!ledger.health.canRecordUses)
            #expect(ledger.health.hasReserve)
        }
    }

    /// A caller that may make keys cannot use up the space in which keys are ended.
    @Test func keysThatWereMadeOnTheReserveCanBeRevoked() async throws {
        let disk = try SmallDisk()
        defer { disk.unmount() }
        let home = TestHome(seed: printedSeed(), in: disk.path)
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let first = try await ledger.newKey("Mews", scopes: ["*"])
            try disk.fill()
            try await Self.fillWithUses(ledger, first.id)
            let large = CreateKey(
                name: String(repeating: "n", count: 200), account: .operator,
                scopes: (0..<90).map { "\($0)" + String(repeating: "s", count: 30) },
                metadata: ["note": String(repeating: "m", count: 3000)])
            var keys: [KeyID] = []
            var refusal: (any Error)?
            while refusal == nil, keys.count < 5000 {
                do { keys.append(try await ledger.commands.createKey(large, by: .commandLine).outcome.key.state.id) } catch {
                    refusal = error
                }
            }
            guard case .storageFull? = refusal as? LedgerError else {
                throw TestFailure("\(keys.count) keys: \(String(describing: refusal))")
            }
            await #expect { _ = try await ledger.commands.enableKey(first.id, by: .commandLine) } throws: {
                if case .storageFull? = $0 as? LedgerError { true } else { false }
            }
            for id in keys + [first.id] { #expect(try await ledger.commands.revokeKey(id, by: .commandLine).isChange) }
            #expect(try await ledger.verify(first.secret) == .revoked)
        }
    }

    /// Large uses, until one is refused for want of room.
    private static func fillWithUses(_ ledger: Ledger, _ key: KeyID) async throws {
        for _ in 0..<1000 {
            let use = ProbeJob(use(of: key, bytes: 30_000))
            ledger.writer.enqueue(use)
            await waitUntil { use.ends != [] }
            guard use.ends == [.done] else { return }
        }
        throw TestFailure("the disk does not fill up")
    }

    private static func use(of key: KeyID, bytes: Int) -> ProbeJob.Work {
        let use = Event.Use(
            secretID: 1, scopesAsked: [String(repeating: "x", count: bytes)], decidedAtPosition: 0, decidedAt: TestClock().now)
        let event = Event(keyID: key, accountID: .operator, actor: .commandLine, body: .used(use))
        return { _ = try $1.append(event, &$0) }
    }

    private static func expectFull(_ use: () async throws -> VerdictCode) async {
        do {
            let code = try await use()
            Issue.record("answered \(code)")
        } catch {
            guard case LedgerError.storageFull = error else {
                Issue.record(error)
                return
            }
        }
    }
}

/// 24 MB in memory, mounted at a folder of its own.
final class SmallDisk: Sendable {
    let path: String

    static let isPossible: Bool = {
        guard getuid() == 0, let disk = try? SmallDisk() else { return false }
        disk.unmount()
        return true
    }()

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/keyledger-disk-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard unsafe mount("keyledger-test", path, "tmpfs", 0, "size=24m") == 0 else {
            unsafe rmdir(path)
            throw TestFailure("cannot mount: errno \(errno)")
        }
    }

    /// What others leave room for.
    func fill() throws {
        let descriptor = unsafe open(path + "/filler", O_WRONLY | O_CREAT, 0o600)
        defer { Glibc.close(descriptor) }
        let block = [UInt8](repeating: 1, count: 65_536)
        while unsafe write(descriptor, block, block.count) == block.count {}
    }

    func empty() { unsafe unlink(path + "/filler") }

    func unmount() {
        unsafe umount2(path, Int32(MNT_DETACH))
        unsafe rmdir(path)
    }
}
