import EventLog
import Foundation
import KeyEvents
import Projections
import Storage
import TestSupport
import Testing
import Validation

@testable import Ledger
@testable internal import LedgerAudit

/// The key that signs the log: lost, changed, and told apart from one that is there.
@Suite(.holdsLedgers) struct LogKeyTests {
    private let home = TestHome(seed: 71)

    private var keyFile: String { home.folder.vault + "/log-signing-key" }

    private func exported(_ ledger: Ledger, _ filter: ExportFilter = ExportFilter()) throws -> String {
        let path = home.folder.path + "-bundle"
        var bytes: [UInt8] = []
        try ledger.bundles.exportBundle(filter) { bytes += $0 }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func scan(_ ledger: Ledger) throws {
        _ = try LogVerifier(ledger.reader).run(progress: { _ in }, finding: { Issue.record("\($0)") })
    }

    /// The process that has the ledger open goes on, and so do verdicts.
    @Test func aKeyThatIsThereHandsOver() async throws {
        try await home.withLedger { ledger in
            let key = try await ledger.newKey()
            let (old, note) = (try #require(try ledger.log.logVerifier()), try ledger.log.signCheckpoint())
            let report = try await ledger.log.changeLogKey()
            #expect(report.isVouched && report.change.oldVerifierKey == "\(old)" && report.position == 1)
            #expect(ledger.log.origin == report.change.newOrigin && ledger.log.origin.hasPrefix(report.change.oldOrigin + "/"))
            #expect(try await ledger.verify(key.secret) == .valid)
            let newer = try ledger.log.signCheckpoint()
            let new = try #require(try ledger.log.logVerifier())
            #expect("\(new)" == report.change.newVerifierKey && new.check(newer) == .signed && old.check(newer) == .notSigned)
            try scan(ledger)
            let (succession, _) = try ledger.log.identity()
            #expect(succession.trust(in: new, holding: old) == .followed(at: [1]))
            let trustedCheckpoints = [try #require(Checkpoint(text: note.text))]
            for filter in [ExportFilter(), ExportFilter(key: key.id)] {
                let bundle = try exported(ledger, filter)
                for verifier in [nil, old, new] {
                    let findings = try BundleVerification(verifier: verifier, trustedCheckpoints: trustedCheckpoints).run(file: bundle)
                        .findings
                    #expect(findings == [], "\(findings)")
                }
            }
            _ = try await ledger.maintenance.replay(isCheck: false) { _, _ in }
            #expect(try await ledger.maintenance.replay(isCheck: true) { _, _ in }.differences.count == 0)
        }
        // Opened again, it is what it was.
        try await home.withLedger { ledger in
            let note = try ledger.log.signCheckpoint()
            #expect(ledger.health.recordingProblem == nil && ledger.log.signingProblem == nil)
            #expect(note.signatures.first?.name == ledger.log.origin)
        }
        #expect(home.reports == [])
        try? FileManager.default.removeItem(atPath: home.folder.path + "-bundle")
    }

    @Test func aLostKeyIsReplacedAndExportsSaySo() async throws {
        let trustedCheckpoints = try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            return try #require(Checkpoint(text: try ledger.log.signCheckpoint().text))
        }
        try FileManager.default.removeItem(atPath: keyFile)
        try await home.withLedger { ledger in
            let known = try #require(try ledger.log.knownVerifier())
            _ = try await ledger.newKey()
            guard case .signingKeyMissing? = ledger.log.signingProblem else { return #expect(Bool(false), "the key is not missed") }
            let bundle = try exported(ledger)
            #expect(home.reports.contains { $0.contains("from position 1 on are signed by nobody") }, "\(home.reports)")
            let outcome = try BundleVerification(verifier: nil, trustedCheckpoints: [trustedCheckpoints]).run(file: bundle)
            #expect(outcome.findings == [] && outcome.header.verifierKey == nil && !outcome.notes.isEmpty)
            #expect(
                try BundleVerification(verifier: known, trustedCheckpoints: [trustedCheckpoints]).run(file: bundle).findings.map(\.position)
                    == [1])
            let report = try await ledger.log.changeLogKey()
            #expect(!report.isVouched && report.change.oldVerifierKey == "\(known)")
            let new = try #require(try ledger.log.logVerifier())
            let renewed = try exported(ledger)
            #expect(try BundleVerification(verifier: new, trustedCheckpoints: [trustedCheckpoints]).run(file: renewed).findings == [])
            let findings = try BundleVerification(verifier: known, trustedCheckpoints: [trustedCheckpoints]).run(file: renewed).findings
            #expect(findings.map(\.position) == [report.position] && findings.first?.what.contains("lost") ?? false, "\(findings)")
            try scan(ledger)
        }
        try? FileManager.default.removeItem(atPath: home.folder.path + "-bundle")
    }

    /// In the place of the key that signs, for its owner alone.
    private func write(_ content: Data) throws {
        try content.write(to: URL(fileURLWithPath: keyFile))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keyFile)
    }

    /// Also where nothing but the signatures says which key it was.
    @Test func whatIsThereIsNotLost() async throws {
        _ = try await home.withLedger { try $0.log.signCheckpoint() }
        let right = try Data(contentsOf: URL(fileURLWithPath: keyFile))
        let other = Data(("keyledger log signing key 1\n" + String(repeating: "7", count: 64) + "\n").utf8)
        for keepsVerifier in [true, false] {
            if !keepsVerifier { try FileManager.default.removeItem(atPath: home.folder.checkpoints + "/verifier") }
            for content in [other, Data("nonsense".utf8), nil] {
                try FileManager.default.removeItem(atPath: keyFile)
                if let content {
                    try write(content)
                } else {
                    // Nobody can read that, whoever runs the test.
                    try FileManager.default.createDirectory(
                        atPath: keyFile, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
                }
                try await home.withLedger { ledger in
                    _ = try await ledger.newKey()
                    await #expect(throws: LedgerError.self) { try await ledger.log.changeLogKey() }
                    #expect(throws: LedgerError.self) { try ledger.log.signCheckpoint() }
                    #expect(ledger.log.signingProblem != nil)
                    switch (content, ledger.log.signingProblem) {
                    case (other, .signingKeyDiffers?), (_, .vault?): break
                    default: Issue.record("\(String(describing: ledger.log.signingProblem))")
                    }
                }
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.folder.vault).filter { $0.hasPrefix("log-") }.count == 1)
        try FileManager.default.removeItem(atPath: keyFile)
        try write(right)
        let note = try await home.withLedger { try $0.log.signCheckpoint() }
        #expect(note.signatures.count == 1)
    }

    /// A fork goes on with the key that was in force, and the steps stand in its order.
    @Test func aForkAfterAChangeOfKey() async throws {
        let origin = try await home.withLedger { ledger in
            _ = try await ledger.newKey()
            _ = try await ledger.log.changeLogKey()
            let report = try await ledger.bundles.fork()
            #expect(report.leftOrigin.split(separator: "/").count == 3)
            return report.origin
        }
        try await home.withLedger { ledger in
            #expect(ledger.log.origin == origin && ledger.log.signingProblem == nil)
            let note = try ledger.log.signCheckpoint()
            #expect(try ledger.log.knownVerifier()?.check(note) == .signed)
            #expect(try ledger.log.identity().succession.steps.map(\.position) == [1, 2])
            _ = try await ledger.log.changeLogKey()
            #expect(ledger.log.origin.hasPrefix(origin + "/"))
            try scan(ledger)
            let findings = try BundleVerification(verifier: try ledger.log.logVerifier()).run(file: exported(ledger)).findings
            #expect(findings == [], "\(findings)")
        }
        try? FileManager.default.removeItem(atPath: home.folder.path + "-bundle")
    }
}
