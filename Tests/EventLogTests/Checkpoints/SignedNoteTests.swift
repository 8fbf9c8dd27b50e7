import Bytes
import KeyEvents
import LogTestSupport
import Testing

@testable import EventLog

@Suite struct SignedNoteTests {
    private let signer = NoteSigner(name: "example.com/log", seed: Array(0..<32))!

    /// The key and the note of the documentation of Go's package note.
    @Test func thePublishedKeyAndNoteVerify() throws {
        let verifier = try #require(NoteVerifier("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"))
        let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
        let note = try #require(
            SignedNote(
                text
                    + "\n\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
            ))
        #expect(note.text == text)
        #expect(verifier.check(note) == .signed)
        #expect(verifier.description == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    }

    @Test func thePublishedVerifierKeyIsRead() throws {
        let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
        let verifier = try #require(NoteVerifier(text))
        #expect(verifier.name == "example.com/foo")
        #expect(verifier.keyID == 0x530d_903a)
        #expect(verifier.description == text)
    }

    @Test func whatIsSignedVerifiesAndIsReadBack() throws {
        let note = try signer.sign("first\nsecond\n\nafter a gap\n")
        #expect(signer.verifier.check(note) == .signed)
        #expect(SignedNote(note.description) == note)
    }

    @Test func everyFlippedBitIsSeen() throws {
        let checkpoint = Checkpoint(origin: "example.com/log", size: 1234, root: .sample(1))
        let note = try signer.sign(checkpoint.text)
        let bytes = Array(note.description.utf8)
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            let read = SignedNote(String(decoding: changed, as: UTF8.self))
            let isAccepted = read.map { signer.verifier.check($0) == .signed && Array($0.description.utf8) == changed } ?? false
            #expect(!isAccepted, "bit \(bit)")
        }
    }

    @Test(arguments: [
        "", "\n", "text\n", "text\n\n", "text\n\n\u{2014} name AAAAAAA=", "text\n\n- name AAAAAAA=\n", "text\n\n\u{2014} name  AAAAAAA=\n",
        "text\n\n\u{2014} na+me AAAAAAA=\n", "text\n\n\u{2014} name AAAA\n", "text\u{0}\n\n\u{2014} name AAAAAAA=\n",
        "text\n\n\u{2014} name AAAAAAA=\n\n",
        "te\rxt\n\n\u{2014} name AAAAAAA=\n",
    ])
    func refuses(_ text: String) {
        #expect(SignedNote(text) == nil)
    }

    @Test(arguments: [
        "", "name", "name+0000", "name+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "example.com/foo+530d903a+AQ==",
    ])
    func refusesVerifierKeys(_ text: String) {
        #expect(NoteVerifier(text) == nil)
    }

    @Test func aCosignatureIsOverTheTimeToo() throws {
        let witness = try #require(NoteSigner(name: "witness.example", seed: Array(32..<64)))
        let text = Checkpoint(origin: "example.com/log", size: 5, root: .sample(2)).text
        // A witness signs in this way, with the same key of another kind.
        let key = try #require(Base64.decode(witness.verifier.description.split(separator: "+", maxSplits: 2)[2]))
        let verifier = try #require(NoteVerifier(name: "witness.example", kind: .cosignatureV1, publicKey: Array(key.dropFirst())))
        let inner = try witness.sign("cosignature/v1\ntime 1800000000\n" + text).signatures[0].bytes
        func note(_ time: UInt64) -> SignedNote {
            SignedNote(
                text: text,
                signatures: [.init(name: "witness.example", keyID: verifier.keyID, bytes: time.bigEndianBytes + inner)])
        }
        #expect(verifier.check(note(1_800_000_000)) == .cosigned(at: 1_800_000_000))
        #expect(verifier.check(note(1_800_000_001)) == .forged)
        #expect(signer.verifier.check(note(1_800_000_000)) == .notSigned)
    }
}
