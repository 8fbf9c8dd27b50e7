import Bytes
import EventLog
import Foundation
import KeyEvents
import TestSupport
import Testing

@testable import Ledger
@testable internal import LedgerAudit

/// What the C2SP specifications signed-note, tlog-cosignature and tlog-witness ask of whoever takes cosignatures.
@Suite(.holdsLedgers) struct CosignaturesTests {
    /// A witness with a key of its own, which signs as `cosignature/v1`.
    private struct Witness {
        let verifier: NoteVerifier
        private let signer: NoteSigner

        init(_ name: String = "witness.example", seed: UInt8 = 9) throws {
            signer = try #require(NoteSigner(name: name, seed: [UInt8](repeating: seed, count: 32)))
            let key = try #require(Base64.decode(signer.verifier.description.split(separator: "+", maxSplits: 2)[2])).dropFirst()
            verifier = try #require(NoteVerifier(name: name, kind: .cosignatureV1, publicKey: Array(key)))
        }

        func line(_ text: String, at time: UInt64) throws -> SignedNote.Signature {
            let inner = try signer.sign("cosignature/v1\ntime \(time)\n" + text).signatures[0].bytes
            return .init(name: verifier.name, keyID: verifier.keyID, bytes: time.bigEndianBytes + inner)
        }
    }

    private let home = TestHome(seed: 57)

    private func now(_ ledger: Ledger) -> UInt64 { UInt64(ledger.time.now.second) }

    @Test func linesOfUnknownKeysArePassedOver() async throws {
        let (witness, stranger) = (try Witness(), try Witness("stranger.example", seed: 10))
        try await home.withLedger { ledger in
            let note = try ledger.log.signCheckpoint()
            let line = try witness.line(note.text, at: now(ledger))
            let unknown = try stranger.line(note.text, at: now(ledger))
            // The signature has the form of an unknown algorithm: the witness's own name, another key id, 2,428 bytes.
            let other = SignedNote.Signature(name: witness.verifier.name, keyID: 7, bytes: Array(repeating: 1, count: 2428))
            let cosigned = SignedNote(text: note.text, signatures: note.signatures + [unknown, other, line])
            #expect(throws: CosignatureRefusal.unknownWitnesses(["stranger.example", "witness.example", "witness.example"])) {
                try ledger.audit.addCosignatures("\(cosigned)")
            }
            #expect(try ledger.audit.addWitness(witness.verifier))
            #expect(try !ledger.audit.addWitness(witness.verifier))
            let report = try ledger.audit.addCosignatures("\(cosigned)")
            #expect(report == CosignatureReport(size: 0, added: 1, ignored: ["stranger.example", "witness.example"]))
            #expect(try ledger.audit.addCosignatures("\(cosigned)").added == 0)
            #expect(try ledger.log.newestCheckpoint()?.signatures == note.signatures + [line])
            // A checkpoint that grows no cosignature is signed anew with the next record.
            _ = try await ledger.newKey()
            #expect(try ledger.log.signCheckpoint().signatures.count == 1)
        }
    }

    @Test func whatIsFalseRefusesAll() async throws {
        let (witness, second) = (try Witness(), try Witness("second.example", seed: 11))
        try await home.withLedger { ledger in
            let note = try ledger.log.signCheckpoint()
            for witness in [witness, second] { _ = try ledger.audit.addWitness(witness.verifier) }
            let (line, good) = (try witness.line(note.text, at: now(ledger)), try second.line(note.text, at: now(ledger)))
            var bytes = line.bytes
            bytes[30] ^= 1
            let forged = SignedNote.Signature(name: line.name, keyID: line.keyID, bytes: bytes)
            for lines in [[forged], [good, forged], [forged, good]] {
                #expect(throws: CosignatureRefusal.forged("witness.example")) {
                    try ledger.audit.addCosignatures("\(SignedNote(text: note.text, signatures: lines))")
                }
                #expect(throws: CosignatureRefusal.forged("witness.example")) {
                    try ledger.audit.addCosignatures(lines.map { $0.line + "\n" }.joined())
                }
            }
            // A cosignature without a time does not state one.
            #expect(throws: CosignatureRefusal.forged("witness.example")) {
                try ledger.audit.addCosignatures(try witness.line(note.text, at: 0).line + "\n")
            }
            #expect(try ledger.log.checkpoints.cosignatures(0) == [])
            let unknown = SignedNote(text: "keyledger/x\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", signatures: [line])
            #expect(throws: CosignatureRefusal.unknownCheckpoint) { try ledger.audit.addCosignatures("\(unknown)") }
            for text in ["", "\n", "hello\n", line.line, line.line + "\nhello\n", "17\n"] {
                #expect(throws: CosignatureRefusal.unreadable) { try ledger.audit.addCosignatures(text) }
            }
        }
    }

    @Test func aWitnessAnswersLinesAlone() async throws {
        let (witness, stranger) = (try Witness(), try Witness("stranger.example", seed: 10))
        try await home.withLedger { ledger in
            _ = try ledger.audit.addWitness(witness.verifier)
            let older = try ledger.log.signCheckpoint()
            _ = try await ledger.newKey()
            let newer = try ledger.log.signCheckpoint()
            func answer(_ note: SignedNote) throws -> String {
                try [stranger, witness].map { try $0.line(note.text, at: now(ledger)).line + "\n" }.joined()
            }
            #expect(try ledger.audit.addCosignatures(answer(newer)) == CosignatureReport(size: 1, added: 1, ignored: ["stranger.example"]))
            // Of one before the newest, found by itself or named.
            #expect(throws: CosignatureRefusal.forged("witness.example")) { try ledger.audit.addCosignatures(try answer(older), size: 1) }
            #expect(throws: CosignatureRefusal.unknownCheckpoint) { try ledger.audit.addCosignatures(try answer(older), size: 7) }
            #expect(try ledger.audit.addCosignatures(answer(older)).size == 0)
            #expect(try ledger.audit.addCosignatures(answer(older), size: 0).added == 0)
            #expect(try ledger.log.checkpoints.cosignatures(0).count == 1 && ledger.log.checkpoints.cosignatures(1).count == 1)
        }
    }

    @Test func whatIsDatedInTheFutureIsRefused() async throws {
        let witness = try Witness()
        try await home.withLedger { ledger in
            _ = try ledger.audit.addWitness(witness.verifier)
            let note = try ledger.log.signCheckpoint()
            for ahead in [301, 100_000, 1 << 62, 1 << 63] as [UInt64] {
                let line = try witness.line(note.text, at: now(ledger) + ahead)
                let refusal = #expect(throws: CosignatureRefusal.self) { try ledger.audit.addCosignatures(line.line + "\n") }
                guard case .fromTheFuture? = refusal else { return #expect(Bool(false), "\(ahead): \(String(describing: refusal))") }
                #expect("\(refusal!)".contains("clock"))
            }
            // A clock may be a little ahead.
            #expect(try ledger.audit.addCosignatures(witness.line(note.text, at: now(ledger) + 290).line + "\n").added == 1)
        }
    }

    /// A newer version, or an operator, may have put keys of other algorithms into the list.
    @Test func keysOfOtherAlgorithmsArePassedOver() async throws {
        let witness = try Witness()
        let other = "witness.example/ml+11f30fad+" + Base64.encode([0x06] + [UInt8](repeating: 5, count: 1312))
        try await home.withLedger { ledger in
            let file = URL(fileURLWithPath: home.folder.checkpoints + "/witnesses")
            #expect(NoteVerifier.unknownAlgorithm(other)?.algorithm == "ML-DSA-44")
            try Data("\(other)\n".utf8).write(to: file)
            #expect(try ledger.log.checkpoints.witnesses() == [])
            #expect(try ledger.audit.addWitness(witness.verifier))
            #expect(try ledger.log.checkpoints.witnesses() == [witness.verifier])
            #expect(try String(contentsOf: file, encoding: .utf8) == "\(other)\n\(witness.verifier)\n")
            for text in ["nonsense", other.replacingOccurrences(of: "11f3", with: "11f2")] {
                try Data("\(text)\n".utf8).write(to: file)
                #expect(throws: LogError.self) { try ledger.log.checkpoints.witnesses() }
            }
        }
    }
}
