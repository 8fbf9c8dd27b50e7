import EventLog
import Foundation
import KeyEvents
import Projections
import Storage
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerAudit
@testable import LedgerQueries

/// A restored log is a fork, and what had ended stays ended, or the operator is told what cannot be known.
@Suite struct ForkTests {
    private let home = TestHome(seed: 61)

    private var logFile: URL { URL(fileURLWithPath: home.folder.ledger + "/data.mdb") }

    private struct Story {
        let kept: (id: KeyID, secret: String)
        let revoked: (id: KeyID, secret: String)
        let rotated: (id: KeyID, secret: String)
        let narrowed: (id: KeyID, secret: String)
        let bundle: String
        let size: UInt64
    }

    /// Keys that end after the copy was made; the copy is put in the place of what came of it.
    private func restoreOlderCopy(signing: Bool = true) async throws -> Story {
        let bundle = home.folder.path + "-newer"
        let (kept, revoked, rotated, narrowed) = try await home.withLedger { ledger in
            (
                try await ledger.newKey("kept"), try await ledger.newKey("revoked"), try await ledger.newKey("rotated"),
                try await ledger.newKey("narrowed", scopes: ["a:b", "c:d"])
            )
        }
        let copy = try Data(contentsOf: logFile)
        let size = try await home.withLedger { ledger in
            _ = try await ledger.commands.revokeKey(revoked.id, by: .commandLine)
            _ = try await ledger.commands.rotateKey(rotated.id, olderRetires: .now, by: .commandLine)
            _ = try await ledger.commands.changeKey(narrowed.id, KeyChange(scopes: ["a:b"]), by: .commandLine)
            _ = try await ledger.newKey("later")
            var bytes: [UInt8] = []
            if signing {
                try ledger.bundles.exportBundle { bytes += $0 }
                try Data(bytes).write(to: URL(fileURLWithPath: bundle))
            }
            return try #require(try ledger.log.lastPosition()) + 1
        }
        try copy.write(to: logFile)
        return Story(kept: kept, revoked: revoked, rotated: rotated, narrowed: narrowed, bundle: bundle, size: size)
    }

    private func load(
        _ bundle: String, into home: TestHome, trustedCheckpoints: [Checkpoint] = [], announce: (ImportOutcome) throws -> Void = { _ in }
    ) throws -> ImportOutcome {
        try Ledger.importBundle(
            bundle, to: home.folder, trustedCheckpoints: trustedCheckpoints, options: home.options(.durable), announce: announce)
    }

    @Test func anOlderCopyValidatesNothingAndEndsKeys() async throws {
        let story = try await restoreOlderCopy()
        defer { try? FileManager.default.removeItem(atPath: story.bundle) }
        try await home.withLedger { ledger in
            for secret in [story.kept.secret, story.revoked.secret] {
                await #expect(throws: LedgerError.self) { try await ledger.verify(secret) }
                #expect(throws: LedgerError.self) { try ledger.verifier.authenticateCaller(secret) }
            }
            guard case .olderCopy(_, 4, story.size)? = ledger.health.recordingProblem else {
                return #expect(Bool(false), "\(String(describing: ledger.health.recordingProblem))")
            }
            #expect(throws: LedgerError.self) { try ledger.log.newestCheckpoint() }
            #expect(throws: LedgerError.self) { try ledger.log.signCheckpoint() }
            await #expect(throws: LedgerError.self) { try await ledger.newKey("x") }
            await #expect(throws: LedgerError.self) {
                try await ledger.commands.changeKey(story.kept.id, KeyChange(name: "x"), by: .commandLine)
            }
            await #expect(throws: LedgerError.self) { try await ledger.commands.enableKey(story.kept.id, by: .commandLine) }
            await #expect(throws: LedgerError.self) {
                try await ledger.commands.rotateKey(story.kept.id, olderRetires: .now, by: .commandLine)
            }
            // What ends keys is carried out, and so is a replay, which mends nothing of this.
            #expect(try await ledger.commands.revokeKey(story.kept.id, by: .commandLine).isChange)
            #expect(try await ledger.commands.revokeKey(bySecret: story.narrowed.secret).isChange)
            _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
            #expect(ledger.health.copyProblem != nil)
        }
        // And it stays so, also where the log has grown past the checkpoint with other records.
        try await home.withLedger { ledger in
            _ = await #expect(throws: LedgerError.self) { try await ledger.verify(story.revoked.secret) }
        }
    }

    @Test(arguments: [true, false])
    func aForkGoesOnAndEndsWhatANewerCopyKnows(withNewerCopy: Bool) async throws {
        let story = try await restoreOlderCopy()
        defer { try? FileManager.default.removeItem(atPath: story.bundle) }
        let report = try await home.withLedger { try await $0.bundles.fork(newer: withNewerCopy ? story.bundle : nil) }
        #expect(report.size == 4 && report.signedSize == story.size && report.origin != report.leftOrigin)
        #expect(report.lostRecords == (withNewerCopy ? 0 : story.size - 4))
        #expect(report.unknownKeys == (withNewerCopy ? 1 : 0))
        #expect(Set(report.restricted) == (withNewerCopy ? [story.revoked.id, story.rotated.id, story.narrowed.id] : []))
        try await home.withLedger { ledger in
            #expect(ledger.log.origin == report.origin && ledger.health.recordingProblem == nil)
            guard case .logForked(let fork) = try #require(try ledger.reader.event(at: 4)).body else { throw TestFailure("no fork") }
            let left = try #require(SignedNote(fork.leftCheckpoint))
            #expect(Checkpoint(text: left.text)?.size == story.size && Checkpoint(text: left.text)?.origin == report.leftOrigin)
            #expect(try await ledger.verify(story.kept.secret) == .valid)
            #expect(try await ledger.verify(story.revoked.secret) == (withNewerCopy ? .revoked : .valid))
            #expect(try await ledger.verify(story.rotated.secret) == (withNewerCopy ? .revoked : .valid))
            #expect(try await ledger.verify(story.narrowed.secret, AccessCheck(scopes: ["a:b"])) == .valid)
            #expect(
                try await ledger.verify(story.narrowed.secret, AccessCheck(scopes: ["c:d"]))
                    == (withNewerCopy ? .insufficientScope : .valid))
            // It signs under its own origin, beside what was signed before.
            let note = try ledger.log.signCheckpoint()
            #expect(Checkpoint(text: note.text)?.origin == report.origin)
            #expect(try ledger.log.logVerifier()?.check(note) == .signed)
            #expect(try CheckpointFolder(path: home.folder.checkpoints).sizes().contains(story.size))
            _ = try LogVerifier(ledger.reader, checkpoints: [try #require(Checkpoint(text: note.text))])
                .run(progress: { _ in }, finding: { Issue.record("\($0)") })
            _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
            #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
        }
        #expect(home.reports.filter { !$0.contains("older copy") } == [])
    }

    @Test func anErasureThatANewerCopyKnowsIsDoneInTheForkToo() async throws {
        let bundle = home.folder.path + "-newer"
        defer { try? FileManager.default.removeItem(atPath: bundle) }
        let key = try await home.withLedger { try await $0.newKey("Zur Post", account: .hotel) }
        let (copy, file) = (try Data(contentsOf: logFile), URL(fileURLWithPath: home.folder.vault + "/hotel.key"))
        let dataKey = try Data(contentsOf: file)
        try await home.withLedger { ledger in
            #expect(try await ledger.accounts.erasePersonalFields(of: .hotel))
            var bytes: [UInt8] = []
            try ledger.bundles.exportBundle { bytes += $0 }
            try Data(bytes).write(to: URL(fileURLWithPath: bundle))
        }
        try copy.write(to: logFile)
        try dataKey.write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try await home.withLedger { ledger in
            #expect(try ledger.keys.decryptedKey(key.id, for: .commandLine).name == "Zur Post")
            _ = try await ledger.bundles.fork(newer: bundle)
            #expect(try ledger.types() == ["KeyCreated", "LogForked", "AccountErased"])
            #expect(
                try ledger.keys.decryptedKey(key.id, for: .commandLine).name == nil && !FileManager.default.fileExists(atPath: file.path))
        }
    }

    /// An operator who restores the whole directory copies the newest checkpoint into it, under the name under which it was kept.
    @Test func aCheckpointOfAnyNameTellsAnOlderCopy() async throws {
        let key = try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            try ledger.log.signCheckpoint()
            return key
        }
        let whole = home.folder.path + "-copy"
        try FileManager.default.copyItem(atPath: home.folder.path, toPath: whole)
        let note = try await home.withLedger { ledger in
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            return try ledger.log.signCheckpoint()
        }
        try FileManager.default.removeItem(atPath: home.folder.path)
        try FileManager.default.moveItem(atPath: whole, toPath: home.folder.path)
        let file = home.folder.checkpoints + "/kept.txt"
        try Data(note.description.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        try await home.withLedger { ledger in
            guard case .olderCopy? = ledger.health.copyProblem else {
                throw TestFailure("\(String(describing: ledger.health.copyProblem))")
            }
            await #expect(throws: LedgerError.self) { _ = try await ledger.verify(key.secret) }
        }
        // What is none is said.
        try Data("nonsense".utf8).write(to: URL(fileURLWithPath: file))
        try await home.withLedger { ledger in #expect(ledger.health.copyProblem == nil) }
        #expect(home.reports.contains { $0.contains("kept.txt is no checkpoint") })
    }

    /// Somebody puts the log from before the fork back: nothing of it is shorter than what was signed of it.
    @Test func theLogFromBeforeAForkIsAnOlderCopy() async throws {
        let key = try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            try ledger.log.signCheckpoint()
            return key
        }
        let copy = try Data(contentsOf: logFile)
        _ = try await home.withLedger { try await $0.bundles.fork() }
        try await home.withLedger { ledger in
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            try ledger.log.signCheckpoint()
        }
        try copy.write(to: logFile)
        try await home.withLedger { ledger in
            await #expect(throws: LedgerError.self) { try await ledger.verify(key.secret) }
            guard case .forkedSince? = ledger.health.recordingProblem else { return #expect(Bool(false)) }
        }
    }

    /// Nothing is believed that is not newer, or not signed; and what was retired so long ago that it is forgotten does not come back.
    @Test func aCopyThatIsNotNewerIsRefused() async throws {
        let bundle = home.folder.path + "-old"
        defer { try? FileManager.default.removeItem(atPath: bundle) }
        let key = try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            var bytes: [UInt8] = []
            try ledger.bundles.exportBundle { bytes += $0 }
            try Data(bytes).write(to: URL(fileURLWithPath: bundle))
            for _ in 0..<20 { _ = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine) }
            return key
        }
        try await home.withLedger { ledger in
            let size = try ledger.log.lastPosition()
            await #expect(throws: ForkRefusal.self) { try await ledger.bundles.fork(newer: bundle) }
            #expect(try ledger.log.lastPosition() == size)
            #expect(try await ledger.verify(key.secret) != .valid)
        }
    }

    /// Restored from the same copy a second time, it can be forked a second time.
    @Test func forksThatWereGivenUpLockNobodyOut() async throws {
        let key = try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            try ledger.log.signCheckpoint()
            return key
        }
        let copy = try Data(contentsOf: logFile)
        for round in 0..<3 {
            _ = try await home.withLedger { try await $0.bundles.fork() }
            try await home.withLedger { ledger in
                #expect(ledger.health.recordingProblem == nil, "round \(round)")
                _ = try await ledger.newKey()
                try ledger.log.signCheckpoint()
                #expect(try await ledger.verify(key.secret) == .valid)
            }
            try copy.write(to: logFile)
            try await home.withLedger { ledger in
                guard case .forkedSince? = ledger.health.recordingProblem else { throw TestFailure("round \(round)") }
                #expect(throws: LedgerError.self) { try ledger.log.signCheckpoint() }
            }
        }
    }

    /// Not knowing is no ground to let anybody in.
    @Test func checkpointsThatCannotBeReadLetNobodyIn() async throws {
        let story = try await restoreOlderCopy()
        defer { try? FileManager.default.removeItem(atPath: story.bundle) }
        let folder = home.folder.checkpoints
        let newest = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.utf8.count == 20 }.max())
        try Data().write(to: URL(fileURLWithPath: folder + "/" + newest))
        try await home.withLedger { ledger in
            _ = await #expect(throws: LedgerError.self) { try await ledger.verify(story.revoked.secret) }
        }
        try FileManager.default.removeItem(atPath: folder)
        try Data([1]).write(to: URL(fileURLWithPath: folder))
        try await home.withLedger { ledger in
            _ = await #expect(throws: LedgerError.self) { try await ledger.verify(story.revoked.secret) }
        }
    }

    /// Beneath a process that serves: moved to its place, or written into the file.
    @Test(arguments: [true, false])
    func aCopyRestoredBeneathAnOpenLedgerLetsNobodyIn(isMoved: Bool) async throws {
        let key = try await home.withLedger { try await $0.newKey() }
        let copy = try Data(contentsOf: logFile)
        try await home.withLedger { ledger in
            ledger.maintenance.watchFiles()
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            ledger.maintenance.watchFiles()
            #expect(ledger.health.recordingProblem == nil)
            if isMoved {
                try copy.write(to: logFile, options: .atomic)
            } else {
                let handle = try FileHandle(forWritingTo: logFile)
                try handle.write(contentsOf: copy)
                try handle.close()
            }
            ledger.maintenance.watchFiles()
            _ = await #expect(throws: LedgerError.self) { try await ledger.verify(key.secret) }
            #expect(ledger.health.recordingProblem != nil)
        }
    }

    /// At once, before anybody has looked at the files, and however much is used meanwhile.
    @Test func aCopyWrittenIntoTheOpenFileLetsNobodyInAtAnyTime() async throws {
        let (key, other) = try await home.withLedger { (try await $0.newKey(), try await $0.newKey()) }
        let copy = try Data(contentsOf: logFile)
        try await home.withLedger { ledger in
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            let handle = try FileHandle(forWritingTo: logFile)
            try handle.write(contentsOf: copy)
            try handle.close()
            for _ in 0..<20 {
                await #expect(throws: (any Error).self) { try await ledger.verify(other.secret) }
                await #expect(throws: (any Error).self) { try await ledger.verify(key.secret) }
            }
            ledger.maintenance.watchFiles()
            #expect(ledger.health.recordingProblem != nil)
            await #expect { try await ledger.verify(key.secret) } throws: {
                if case .changedByOthers? = $0 as? LedgerError { true } else { false }
            }
        }
    }

    /// A call that asks for a fork again, since the response was lost, gets the fork that was made.
    @Test(arguments: [true, false])
    func aForkThatIsAskedForTwiceIsOne(withNewerCopy: Bool) async throws {
        let story = try await restoreOlderCopy()
        defer { try? FileManager.default.removeItem(atPath: story.bundle) }
        let bundle = withNewerCopy ? story.bundle : nil
        let first = try await home.withLedger { try await $0.bundles.fork(newer: bundle) }
        // A kill before the directory was made would leave this state.
        let folder = home.folder.checkpoints + "/" + first.origin.dropFirst("keyledger/".count)
        try FileManager.default.removeItem(atPath: folder)
        let again = try await home.withLedger { try await $0.bundles.fork(newer: bundle) }
        #expect(FileManager.default.fileExists(atPath: folder))
        #expect(again.origin == first.origin && again.leftOrigin == first.leftOrigin && again.size == first.size)
        #expect(again.signedSize == first.signedSize && again.newerSize == first.newerSize && again.unknownKeys == first.unknownKeys)
        #expect(Set(again.restricted) == Set(first.restricted) && again.lostRecords == first.lostRecords)
        // After anything else it is another.
        let other = try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            return try await ledger.bundles.fork()
        }
        #expect(other.origin != first.origin && other.leftOrigin == first.origin)
    }

    /// At each moment where a kill may come between the records and the last step, the import can be begun again, and what the attempt
    /// before has left passes for nothing that somebody kept.
    @Test(arguments: [true, false])
    func anInterruptedImportIsBegunAgain(isForked: Bool) async throws {
        let bundle = home.folder.path + "-bundle"
        defer { try? FileManager.default.removeItem(atPath: bundle) }
        let key = try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            if isForked { _ = try await ledger.bundles.fork() }
            return key
        }
        let newest = try await home.withLedger { ledger in
            try ledger.log.signCheckpoint()
            _ = try await ledger.newKey("second")
            var bytes: [UInt8] = []
            try ledger.bundles.exportBundle { bytes += $0 }
            try Data(bytes).write(to: URL(fileURLWithPath: bundle))
            return try #require(Checkpoint(text: ledger.log.signCheckpoint().text))
        }
        for trustedCheckpoints in [[], [newest]] {
            let (target, killed) = (TestHome(seed: 66), TestHome(seed: 67))
            _ = try load(bundle, into: target, trustedCheckpoints: trustedCheckpoints) { _ in
                try FileManager.default.copyItem(atPath: target.folder.path, toPath: killed.folder.path)
            }
            let error = await #expect(throws: LedgerError.self) { _ = try await killed.open() }
            guard case .unfinishedImport? = error else { throw TestFailure("\(String(describing: error))") }
            let outcome = try load(bundle, into: killed, trustedCheckpoints: trustedCheckpoints)
            #expect((outcome.fork != nil) == trustedCheckpoints.isEmpty && outcome.signedSize == trustedCheckpoints.first?.size)
            try await killed.withLedger { (ledger: Ledger) async throws -> Void in
                #expect(ledger.health.recordingProblem == nil && (ledger.log.origin == newest.origin) == !trustedCheckpoints.isEmpty)
                #expect(try await ledger.verify(key.secret) == .valid)
            }
            let forks = try killed.folder.forks()
            #expect(forks.count == (isForked ? 1 : 0) + (trustedCheckpoints.isEmpty ? 1 : 0), "\(forks)")
        }
        // One that fails at the end leaves nothing either, and takes no checkpoint away that was there.
        let failed = TestHome(seed: 68)
        try failed.folder.make()
        let kept = failed.folder.checkpoints + "/witnesses"
        try Data().write(to: URL(fileURLWithPath: kept))
        #expect(throws: TestFailure.self) {
            try load(bundle, into: failed, trustedCheckpoints: [newest]) { _ in throw TestFailure("lost") }
        }
        #expect(try !failed.folder.holdsCheckpoints())
        #expect(FileManager.default.fileExists(atPath: kept) && !failed.folder.holdsLedger)
    }

    @Test func aNewerCopyOfAnotherLogIsRefused() async throws {
        let story = try await restoreOlderCopy()
        defer { try? FileManager.default.removeItem(atPath: story.bundle) }
        let other = TestHome(seed: 62)
        try await other.withLedger { (ledger: Ledger) async throws -> Void in
            await #expect(throws: ForkRefusal.self) { try await ledger.bundles.fork(newer: story.bundle) }
            #expect(try ledger.log.lastPosition() == nil)
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: story.bundle))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(fileURLWithPath: story.bundle))
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            await #expect(throws: (any Error).self) { try await ledger.bundles.fork(newer: story.bundle) }
            #expect(try ledger.log.lastPosition() == 3)
        }
    }

    /// An import of an older bundle is a fork; a newer bundle is not "of another log" afterwards, but of the one that was left.
    @Test func aNewerCopyComesTooLateAfterTheFork() async throws {
        let older = home.folder.path + "-older"
        defer { try? FileManager.default.removeItem(atPath: older) }
        let newer = older + "-newer"
        defer { try? FileManager.default.removeItem(atPath: newer) }
        try await home.withLedger { (ledger: Ledger) async throws -> Void in
            let key = try await ledger.newKey()
            func export(_ file: String) throws {
                var bytes: [UInt8] = []
                try ledger.bundles.exportBundle { bytes += $0 }
                try Data(bytes).write(to: URL(fileURLWithPath: file))
            }
            try export(older)
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            try export(newer)
        }
        let target = TestHome(seed: 69)
        #expect(try load(older, into: target).fork != nil)
        try await target.withLedger { (ledger: Ledger) async throws -> Void in
            let left = "\(LogOrigin(try #require(try ledger.log.reader.lineage().last)))"
            let last = try ledger.log.lastPosition()
            await #expect(throws: ForkRefusal.forkedBefore(left)) { try await ledger.bundles.fork(newer: newer) }
            #expect(try ledger.log.lastPosition() == last)
        }
    }

    /// An import continues the log only where the newest checkpoint at hand is reached.
    @Test func anImportThatMayBeOldIsAFork() async throws {
        let bundle = home.folder.path + "-bundle"
        defer { try? FileManager.default.removeItem(atPath: bundle) }
        let (key, old, new) = try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            var bytes: [UInt8] = []
            try ledger.bundles.exportBundle { bytes += $0 }
            try Data(bytes).write(to: URL(fileURLWithPath: bundle))
            let old = try #require(Checkpoint(text: ledger.log.signCheckpoint().text))
            _ = try await ledger.commands.revokeKey(key.id, by: .commandLine)
            return (key, old, try #require(Checkpoint(text: ledger.log.signCheckpoint().text)))
        }
        for (trustedCheckpoints, isFork) in [([], true), ([old], false), ([old, new], true), ([new], true)] {
            let target = TestHome(seed: 63)
            let outcome = try load(bundle, into: target, trustedCheckpoints: trustedCheckpoints)
            #expect((outcome.fork != nil) == isFork, "\(trustedCheckpoints.map(\.size))")
            #expect(outcome.signedSize == trustedCheckpoints.last?.size)
            try await target.withLedger { (ledger: Ledger) async throws -> Void in
                #expect(ledger.health.recordingProblem == nil)
                #expect((ledger.log.origin == old.origin) == !isFork)
                #expect(try ledger.log.lastPosition() == (isFork ? 1 : 0))
                #expect(try await ledger.verify(key.secret) == .valid)
            }
        }
        // Checkpoints in the folder are at hand too; those of another log are in the way.
        let target = TestHome(seed: 64)
        try target.folder.make()
        for size in [old.size, new.size] {
            let name = String(repeating: "0", count: 20 - String(size).count) + String(size)
            try FileManager.default.copyItem(
                atPath: home.folder.checkpoints + "/" + name, toPath: target.folder.checkpoints + "/" + name)
        }
        #expect(try load(bundle, into: target).signedSize == new.size)
        try await target.withLedger { ledger in
            #expect(ledger.health.recordingProblem == nil && ledger.log.origin != old.origin)
        }
    }

    /// A bundle of a forked log names what a reader must know.
    @Test func theBundleOfAForkRequiresIt() async throws {
        let bundle = home.folder.path + "-bundle"
        defer { try? FileManager.default.removeItem(atPath: bundle) }
        _ = try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            return try await ledger.bundles.fork()
        }
        let checkpoint = try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            var bytes: [UInt8] = []
            try ledger.bundles.exportBundle { bytes += $0 }
            try Data(bytes).write(to: URL(fileURLWithPath: bundle))
            return try #require(Checkpoint(text: ledger.log.signCheckpoint().text))
        }
        let text = try String(contentsOfFile: bundle, encoding: .utf8)
        #expect(text.hasPrefix(#"{"bundle":"keyledger-bundle/2","requires":["fork"],"kind":"whole","#))
        #expect(try BundleVerification(verifier: nil).run(file: bundle).findings == [])
        let target = TestHome(seed: 65)
        #expect(try load(bundle, into: target, trustedCheckpoints: [checkpoint]).fork == nil)
        try await target.withLedger { ledger in
            #expect(ledger.log.origin == checkpoint.origin && ledger.health.recordingProblem == nil)
        }
    }
}
