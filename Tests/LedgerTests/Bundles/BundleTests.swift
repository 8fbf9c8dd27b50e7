import Bytes
import Crypto
import EventLog
import Foundation
import KeyEvents
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerAudit

@Suite struct BundleTests {
    private let home = TestHome(seed: 52)
    private let target = TestHome(seed: 53)

    private var file: String { home.folder.path + "-bundle" }

    /// Keys of two accounts with all kinds of events; answers one of them, used and revoked.
    private func fill(_ ledger: Ledger) async throws -> KeyID {
        let key = try await ledger.newKey("Ada's sync", account: AccountID("acme"), scopes: ["a:b"])
        _ = try await ledger.newKey("Other", account: AccountID("other"))
        for _ in 0..<20 { _ = try await ledger.verify(key.secret) }
        try ledger.log.signCheckpoint()
        _ = try await ledger.verify(key.secret, .init(scopes: ["c:d"]))
        _ = try await ledger.commands.rotateKey(key.id, olderRetires: .now, by: .commandLine)
        _ = try await ledger.commands.revokeKey(key.id, reason: "leaked", by: .commandLine)
        _ = try await ledger.verify(key.secret)
        try await ledger.settle()
        return key.id
    }

    private func export(_ ledger: Ledger, _ filter: ExportFilter = ExportFilter()) throws {
        var bytes: [UInt8] = []
        let path = file
        try ledger.bundles.exportBundle(filter) { piece in
            bytes += piece
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
    }

    /// Loads the bundle with its newest checkpoint as a trusted one.
    @discardableResult
    private func load(_ verifier: NoteVerifier? = nil, into home: TestHome) throws -> BundleVerification.Outcome {
        let newest = try BundleVerification(verifier: verifier).run(file: file).checkpoints.last.flatMap { Checkpoint(text: $0.text) }
        let imported = try Ledger.importBundle(
            file, to: home.folder, verifier: verifier, trustedCheckpoints: newest.map { [$0] } ?? [], options: home.options(.durable))
        #expect(imported.fork == nil)
        return imported.bundle
    }

    private func findings(_ verifier: NoteVerifier? = nil, trustedCheckpoints: [Checkpoint] = []) throws -> [String] {
        try BundleVerification(verifier: verifier, trustedCheckpoints: trustedCheckpoints).run(file: file).findings.map(\.what)
    }

    @Test func aWholeBundleVerifiesAndBecomesTheSameLedger() async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        let (log, state, verifier, root) = try await home.withLedger { ledger in
            _ = try await fill(ledger)
            try export(ledger)
            let root = try ledger.reader.environment.read { try ledger.reader.treeHead($0) }
            return (try ledger.log().map(\.event), try ledger.stateDump(), try #require(try ledger.log.logVerifier()), root)
        }
        #expect(try findings(verifier) == [])
        let outcome = try load(verifier, into: target)
        #expect(outcome.records == UInt64(log.count) && outcome.header.root == root.root)
        // With the secrets of the first one, nothing tells the two apart.
        for name in try FileManager.default.contentsOfDirectory(atPath: home.folder.vault) {
            try FileManager.default.copyItem(atPath: home.folder.vault + "/" + name, toPath: target.folder.vault + "/" + name)
        }
        try await target.withLedger { ledger in
            #expect(try ledger.log().map(\.event) == log)
            #expect(try ledger.stateDump() == state)
            #expect(try ledger.reader.environment.read { try ledger.reader.treeHead($0) }.root == root.root)
            #expect(try ledger.log.checkpoints.sizes().count == 2)
            _ = try LogVerifier(ledger.reader).run(progress: { _ in }, finding: { Issue.record("\($0)") })
            #expect(try ledger.log().first?.personal?.name == "Ada's sync")
            // It goes on, and signs on.
            _ = try await ledger.newKey()
            try ledger.log.signCheckpoint()
        }
        #expect(target.reports.isEmpty)
    }

    @Test func withoutTheVaultKeysAreValidatedAndNothingIsSigned() async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        let secret = try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            try export(ledger)
            return key.secret
        }
        try load(into: target)
        try await target.withLedger { ledger in
            let code = try await ledger.verify(secret)
            #expect(code == .valid)
            #expect(throws: LedgerError.self) { try ledger.log.signCheckpoint() }
        }
    }

    @Test func partsVerify() async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await home.withLedger { ledger in
            let id = try await fill(ledger)
            let verifier = try #require(try ledger.log.logVerifier())
            let all = try ledger.log()
            for (filter, expected) in [
                (ExportFilter(key: id), all.filter { $0.event.keyID == id }.count),
                (ExportFilter(account: AccountID("other")), all.filter { $0.event.accountID == AccountID("other") }.count),
                (ExportFilter(from: 3, to: 9), 6), (ExportFilter(from: 3, to: 1000, account: AccountID("other")), 0),
            ] {
                try export(ledger, filter)
                let outcome = try BundleVerification(verifier: verifier).run(file: file)
                #expect(outcome.findings == [])
                #expect(outcome.records == UInt64(expected))
                #expect(outcome.header.kind == .part)
                #expect(throws: ImportRefusal.self) {
                    try load(into: target)
                }
                #expect(!target.folder.holdsLedger)
            }
        }
    }

    /// Every bit, of a whole bundle and of a part.
    @Test(arguments: [true, false])
    func aFlippedBitAnywhereIsFound(isWhole: Bool) async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        let verifier = try await home.withLedger { ledger in
            _ = try await fill(ledger)
            try export(ledger, isWhole ? ExportFilter() : ExportFilter(from: 5, to: 12))
            return try #require(try ledger.log.logVerifier())
        }
        let bytes = Array(try #require(FileManager.default.contents(atPath: file)))
        var random = SplitMix64(seed: printedSeed())
        for _ in 0..<400 {
            let bit = Int.random(in: 0..<bytes.count * 8, using: &random)
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            try Data(changed).write(to: URL(fileURLWithPath: file))
            let outcome = Result { try findings(verifier) }
            if case .success(let findings) = outcome { #expect(!findings.isEmpty, "bit \(bit)") }
        }
        // Half a bundle, and one with something behind it.
        for length in [0, 1, bytes.count / 2, bytes.count - 1] {
            try Data(bytes.prefix(length)).write(to: URL(fileURLWithPath: file))
            #expect(throws: BundleError.self) { try findings(verifier) }
        }
        try Data(bytes + [10]).write(to: URL(fileURLWithPath: file))
        #expect(throws: BundleError.self) { try findings(verifier) }
    }

    /// Values that no export writes, in every line, sealed again so that they are looked at: an answer, and never a trap.
    @Test(arguments: [true, false])
    func aBundleThatSomebodyMadeUpIsAnswered(isWhole: Bool) async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await home.withLedger { ledger in
            _ = try await fill(ledger)
            try export(ledger, isWhole ? ExportFilter() : ExportFilter(from: 2, account: AccountID("acme")))
        }
        let lines = try String(decoding: #require(FileManager.default.contents(atPath: file)), as: UTF8.self)
            .split(separator: "\n").dropLast().map(String.init)
        var random = SplitMix64(seed: printedSeed())
        let values = [
            "0", "-1", "1", "18446744073709551615", "18446744073709551616", "9223372036854775807", "9223372036854775808", "1e999", "null",
            "true",
            "\"\"", "\"\\ud800\"", "[]", "{}", "[[[]]]", "\"AAAA\"", String(repeating: "9", count: 5000),
            String(repeating: "[", count: 5000),
            "{\"from\":18446744073709551615,\"to\":0,\"account\":null,\"key\":null}",
        ]
        for _ in 0..<600 {
            var changed = lines
            let number = random.chance(40) ? 0 : Int.random(in: 0..<lines.count, using: &random)
            let line = changed[number]
            // The change covers a part of the line from some colon to the end of its value, as far as that can be found without parsing
            // it.
            let colons = line.indices.filter { line[$0] == ":" }
            let start = line.index(after: random.pick(colons))
            let end = line[start...].firstIndex { $0 == "," || $0 == "}" } ?? line.endIndex
            changed[number] = line.replacingCharacters(in: start..<end, with: random.pick(values))
            let body = changed.joined(separator: "\n") + "\n"
            let records = changed.count { $0.hasPrefix("{\"position\":") }
            let ending = BundleLine.end(records: UInt64(records), sha256: Digest32(SHA256.hash(data: Data(body.utf8))))
            try (Data(body.utf8) + Data(try ending.bytes + [10])).write(to: URL(fileURLWithPath: file))
            _ = try? findings()
            if random.chance(10), (try? load(into: target)) == nil {
                #expect(!FileManager.default.fileExists(atPath: target.folder.path))
            }
            try? FileManager.default.removeItem(atPath: target.folder.path)
        }
    }

    /// A bundle that somebody makes anew from changed records, with a digest and a root that fit, but without the key.
    @Test func aBundleThatWasMadeUpIsFound() async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        let (verifier, checkpoint) = try await home.withLedger { ledger in
            _ = try await fill(ledger)
            return (try #require(try ledger.log.logVerifier()), try #require(Checkpoint(text: ledger.log.signCheckpoint().text)))
        }
        // The bundle is of another ledger: its own key matches it, the trusted one does not.
        try await target.withLedger { ledger in
            _ = try await fill(ledger)
            try export(ledger)
        }
        #expect(try findings() == [])
        #expect(try findings(verifier).contains { $0.contains("another ledger") })
        #expect(try findings(trustedCheckpoints: [checkpoint]).contains { $0.contains("another log") })
    }

    @Test func aBundleThatEndsBeforeACheckpointHeldIsFound() async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        let later = try await home.withLedger { ledger in
            _ = try await fill(ledger)
            try export(ledger)
            _ = try await ledger.newKey()
            return try #require(Checkpoint(text: ledger.log.signCheckpoint().text))
        }
        #expect(try findings(trustedCheckpoints: [later]).contains { $0.contains("ends before the checkpoint held") })
    }

    @Test func aFolderThatHoldsALedgerIsLeftAlone() async throws {
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await home.withLedger { ledger in
            _ = try await fill(ledger)
            try export(ledger)
            #expect(throws: LedgerError.self) {
                try load(into: home)
            }
        }
        let events = try await home.withLedger { try $0.log().count }
        #expect(events > 10)
    }
}
