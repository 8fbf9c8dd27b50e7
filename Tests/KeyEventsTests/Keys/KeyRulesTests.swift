import Bytes
import KeyEvents
import Testing

/// What a key may say about itself, asked through `decide`.
@Suite struct KeyRulesTests {
    private static let now = Timestamp(seconds: 1_000_000)

    private func refusal(_ change: (inout NewKey) -> Void) -> CommandRefusal? {
        var key = NewKey.example
        change(&key)
        return decide(nil, PersonalFields(), .create(key), now: Self.now).refusal
    }

    private func field(_ change: (inout NewKey) -> Void) -> String? {
        guard case .invalid(let field, _) = refusal(change) else { return nil }
        return field
    }

    @Test func theExampleIsAccepted() {
        #expect(refusal { _ in } == nil)
    }

    @Test(arguments: [
        "", " ", "\u{3000}\t", "a\u{0}", "a\nb", "a\u{1B}[31m", "a\u{7F}", "a\u{85}b", "a\u{202E}b", "a\u{2028}b",
        String(repeating: "x", count: 257), String(repeating: "x", count: 10_000), String(repeating: "👩‍👩‍👧", count: 100),
        // Code points, not what a reader sees as one character.
        String(repeating: "e\u{301}", count: 129), "\u{200B}", "\u{2800}", "\u{3164}", "\u{AD}\u{AD}", "\u{1D159}", "\u{301}",
        "\u{2060} \u{FE0F}",
    ])
    func rejectsName(_ name: String) {
        #expect(field { $0.name = name } == "name")
    }

    @Test(arguments: [
        "x", "Mews – Paris", "日本", "👩‍👩‍👧", String(repeating: "x", count: 256), String(repeating: "é", count: 256), "  x \n",
        String(repeating: "x", count: 256) + " ", "\u{200B}x",
    ])
    func acceptsName(_ name: String) {
        #expect(refusal { $0.name = name } == nil)
    }

    @Test(arguments: ["", "Live", "1a", "a_b", "a b", "abcdefghijklmnopq"]) func rejectsEnvironment(_ environment: String) {
        #expect(field { $0.environment = environment } == "environment")
    }

    @Test func limitsScopes() {
        #expect(field { $0.scopes = ["a b"] } == "scopes")
        #expect(field { $0.scopes = [""] } == "scopes")
        #expect(refusal { $0.scopes = (0..<100).map { "s\($0)" } } == nil)
        #expect(field { $0.scopes = (0..<101).map { "s\($0)" } } == "scopes")
        #expect(field { $0.scopes = (0..<40).map { "\($0)" + String(repeating: "s", count: 120) } } == "scopes")
    }

    @Test func limitsMetadata() {
        #expect(field { $0.metadata = ["": "x"] } == "metadata")
        #expect(field { $0.metadata = [String(repeating: "k", count: 65): "x"] } == "metadata")
        #expect(field { $0.metadata = ["k": "a\u{0}"] } == "metadata")
        #expect(field { $0.metadata = ["k\n": "a"] } == "metadata")
        #expect(field { $0.metadata = ["k": String(repeating: "x", count: 4096)] } == "metadata")
        #expect(refusal { $0.metadata = ["k": String(repeating: "x", count: 4095)] } == nil)
        #expect(field { $0.metadata = Dictionary(uniqueKeysWithValues: (0..<51).map { ("k\($0)", "") }) } == "metadata")
        #expect(refusal { $0.metadata = Dictionary(uniqueKeysWithValues: (0..<50).map { ("k\($0)", "") }) } == nil)
    }

    @Test func anExpiryLiesAhead() {
        #expect(field { $0.expiresAt = Self.now } == "expiresAt")
        #expect(field { $0.expiresAt = Timestamp(seconds: 0) } == "expiresAt")
        #expect(field { $0.expiresAt = Timestamp(microseconds: .min) } == "expiresAt")
        #expect(field { $0.expiresAt = Timestamp(microseconds: .max) } == "expiresAt")
        #expect(field { $0.expiresAt = KeyRules.latestExpiry.adding(seconds: 1) } == "expiresAt")
        #expect(refusal { $0.expiresAt = KeyRules.latestExpiry } == nil)
        #expect(refusal { $0.expiresAt = Timestamp(microseconds: Self.now.microseconds + 1) } == nil)
    }

    @Test func limitsReasons() {
        let state = KeyState.example
        func refused(_ code: String, _ reason: String?) -> Bool {
            decide(state, PersonalFields(), .revoke(reasonCode: code), reason: reason, now: Self.now).refusal != nil
        }
        #expect(!refused("leaked", nil))
        #expect(!refused("key_superseded", "lost laptop"))
        for code in ["", "Leaked", "a b", "a1", String(repeating: "a", count: 33)] { #expect(refused(code, nil)) }
        #expect(refused("leaked", "a\u{0}"))
        #expect(refused("leaked", String(repeating: "x", count: 1025)))
    }

    /// What nobody can see, or is no character, is in no text for people; a flag is one character and stays.
    @Test(arguments: [
        "a\u{E0041}", "\u{E0001}a", "a\u{FFFF}", "\u{FFFE}a", "a" + String(Unicode.Scalar(0xFDD0 as UInt16)!) + "b", "\u{1FFFE}x",
        "x\u{10FFFF}", "x\u{FFF9}y\u{FFFA}z\u{FFFB}",
        "a\u{206E}", "\u{1F3F4}\u{E0067}\u{E0062}", "\u{1F3F4}\u{E007F}", "x\u{E0067}\u{E0062}\u{E007F}", "\u{1F3F4}\u{E0041}\u{E007F}",
    ])
    func whatIsHiddenIsInNoText(_ text: String) {
        #expect(refusal { $0.name = text }?.message.contains("no character or cannot be seen (U+") == true)
        #expect(refusal { $0.metadata = ["a": text] } != nil && refusal { $0.metadata = [text: "a"] } != nil)
        #expect(KeyRules.check(reason: text) != nil)
        #expect(!PlainText.hidden(in: text).isEmpty)
    }

    @Test(arguments: [
        "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} England", "👩‍👩‍👧", "Zoë", "שלום\u{200F}", "葛\u{E0100}城", "a\u{FFFD}b",
    ])
    func whatIsSeenIs(_ text: String) {
        #expect(refusal { $0.name = text } == nil && refusal { $0.metadata = ["a": text] } == nil && KeyRules.check(reason: text) == nil)
    }

    /// A sentence can land in a terminal: no control character of the input comes back in it.
    @Test func messagesHoldNoControlCharacters() throws {
        let refusal = try #require(refusal { $0.scopes = ["\u{1B}[31m\u{202E}" + String(repeating: "x", count: 9_000)] })
        #expect(!refusal.message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
        #expect(refusal.message.count < 400)
    }

    @Test func theSameCommandGetsTheSameAnswer() {
        let metadata = ["": "x", "k\n": "a", String(repeating: "k", count: 65): "x"]
        let answers = (0..<20).map { size in
            var other: [String: String] = [:]
            other.reserveCapacity(size * 50)
            for (key, value) in metadata.shuffled() { other[key] = value }
            return refusal { $0.metadata = other }
        }
        #expect(answers.allSatisfy { $0 == answers[0] })
    }

    /// The largest key that the rules allow still fits a record, with room for the envelope.
    @Test func theLargestKeyFitsARecord() throws {
        var key = NewKey.example
        key.scopes = (0..<100).map { "\($0)" + String(repeating: "s", count: 38) }
        key.permissions = Permission.allCases
        key.expiresAt = KeyRules.latestExpiry
        let decision = decide(nil, PersonalFields(), .create(key), now: Self.now)
        let event = Event(
            keyID: KeyID(Bytes16(high: .max, low: .max)), accountID: .operator, actor: .commandLine,
            sealed: SealedFields(dataKeyID: Bytes16(high: 1, low: 1), ciphertext: [UInt8](repeating: 0, count: 8_000)),
            body: try #require(decision.events.first).body)
        #expect(try EventCodec.encode(event).count < 16_384)
    }
}

extension NewKey {
    static let example = NewKey(
        name: "Mews", environment: "live", secret: SecretRecord.example, scopes: ["listings:read"], permissions: [], metadata: [:],
        expiresAt: nil)
}

extension SecretRecord {
    static var example: SecretRecord {
        guard let digest = Digest32([UInt8](repeating: 9, count: 32)) else { preconditionFailure() }
        return SecretRecord(id: 1, digest: digest, hint: "lhql_live_…abcd")
    }
}

extension KeyState {
    static var example: KeyState {
        KeyState(
            id: KeyID(Bytes16(high: 1, low: 2)), accountID: .operator, environment: "live", createdAt: Timestamp(seconds: 1),
            createdPosition: 0, sealedName: nil, sealedMetadata: nil,
            secrets: [KeySecret(record: .example, addedAt: Timestamp(seconds: 1_700_000_000))], scopes: ["listings:read"], permissions: [],
            expiresAt: nil)
    }
}
