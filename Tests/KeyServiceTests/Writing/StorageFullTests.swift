import Foundation
import Glibc
import KeyEvents
import Projections
import Testing
import Validation

@testable import KeyService

/// A disk filled by uses, on a small file system of the test's own (which takes root).
@Suite(.enabled(if: SmallDisk.isPossible, "needs the right to mount")) struct StorageFullTests {
    @Test(arguments: [UseRecording.durable, .buffered, .aggregated(seconds: 5)])
    func usesStopButRevokingGoesOn(_ recording: UseRecording) async throws {
        let disk = try SmallDisk()
        defer { disk.unmount() }
        let home = TestHome(seed: printedSeed(), in: disk.path)
        let isEvery = Question(scopes: (0..<30).map { "listings:\($0):" + String(repeating: "x", count: 100) })
        let (key, doomed) = try await home.withLedger(recording) { ledger in
            let key = try await ledger.newKey("Mews", scopes: ["*"])
            let doomed = try await ledger.newKey("Guesty", scopes: ["*"])
            try disk.fill()
            var accepted = 0
            var full: (any Error)?
            for _ in 0..<200 where full == nil {
                do {
                    try await withThrowingTaskGroup { group in
                        for _ in 0..<64 { group.addTask { try await ledger.verify(key.secret, isEvery) } }
                        for try await verdict in group where verdict == .valid { accepted += 1 }
                    }
                    // Aggregated uses take room when their window is recorded.
                    if case .aggregated = recording { try await Self.recordWindows(ledger, key, isEvery) }
                } catch {
                    full = error
                }
            }
            guard case LedgerError.storageFull = try #require(full) else { throw try #require(full) }
            #expect(accepted > 0 && !ledger.canRecordUses)
            await #expect(throws: LedgerError.self) { try await ledger.verify(key.secret) }
            // A refusal is an answer still, and lifecycle commands have their reserve.
            let revoked = try await ledger.revokeKey(doomed.id, reason: "lost", by: .commandLine)
            #expect(revoked.isChange)
            #expect(try await ledger.verify(doomed.secret) == .revoked)
            for number in 0..<20 { _ = try await ledger.changeKey(key.id, KeyChange(name: "name \(number)"), by: .commandLine) }
            _ = try ledger.listKeys(for: .commandLine, limit: 10)
            return (key, doomed)
        }
        // After a restart on the full disk it holds.
        try await home.withLedger(recording) { ledger in
            #expect(try await ledger.verify(doomed.secret) == .revoked)
            await #expect(throws: LedgerError.self) { try await ledger.verify(key.secret, isEvery) }
            #expect(try ledger.keyView(key.id, for: .commandLine).name == "name 19")
            disk.empty()
            // The writer looks for room with each batch.
            #expect(try await Self.becomesValid(ledger, key.secret))
            #expect(ledger.canRecordUses)
            try await ledger.settle()
            try Invariant06Tests.compare(ledger, [key.id, doomed.id])
            let check = try await ledger.replay(isCheck: true) { _, _ in }
            #expect(check.differences.count == 0)
            try Invariant01Tests.checkOrder(ledger, count: try ledger.log().count)
        }
    }

    /// Uses acknowledged before the disk was full wait for room, and are recorded then.
    @Test func acknowledgedUsesWaitForRoom() async throws {
        let disk = try SmallDisk()
        defer { disk.unmount() }
        let home = TestHome(seed: printedSeed(), in: disk.path)
        try await home.withLedger(.buffered) { ledger in
            let key = try await ledger.newKey("Mews", scopes: ["*"])
            let big = Question(scopes: (0..<30).map { "listings:\($0):" + String(repeating: "x", count: 100) })
            let gate = await Gate.close(ledger)
            try disk.fill()
            var accepted: UInt64 = 0
            for _ in 0..<4000 where try await ledger.verify(key.secret, big) == .valid { accepted += 1 }
            gate.open()
            while ledger.canRecordUses { try await Task.sleep(for: .milliseconds(5)) }
            // Not all could be written, none is given up.
            #expect(try ledger.log().compactMap(\.accepted).count < accepted)
            #expect(try await ledger.revokeKey(try await ledger.newKey("Guesty").id, by: .commandLine).isChange)
            disk.empty()
            while try ledger.log().compactMap(\.accepted).count < accepted { try await Task.sleep(for: .milliseconds(20)) }
            #expect(accepted == 4000)
        }
        #expect(home.reports == [])
    }

    private static func recordWindows(_ ledger: Ledger, _ key: (id: KeyID, secret: String), _ question: Question) async throws {
        for _ in 0..<64 {
            _ = try await ledger.verify(key.secret, question)
            ledger.recorder.flush(endedAt: nil)
        }
        // Put back by the writer when there is no room, so that the next use is refused.
        for _ in 0..<20 where ledger.canRecordUses { try? await ledger.barrier() }
    }

    private static func becomesValid(_ ledger: Ledger, _ secret: String) async throws -> Bool {
        for _ in 0..<100 {
            if let verdict = try? await ledger.verify(secret), verdict == .valid { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
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
