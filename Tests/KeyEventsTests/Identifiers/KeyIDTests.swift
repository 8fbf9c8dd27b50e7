import Bytes
import KeyEvents
import TestSupport
import Testing

@Suite struct KeyIDTests {
    @Test func everyIDSurvivesAsText() {
        withSeed { random in
            for _ in 0..<1_000 {
                let id = random.keyID()
                #expect(KeyID(id.description) == id)
                #expect(Bytes16(id.raw.bytes) == id.raw)
            }
        }
    }

    @Test func isUUIDVersion7() {
        withSeed { random in
            for _ in 0..<1_000 {
                let id = KeyID(at: Timestamp(microseconds: 0x0123_4567_89AB * 1000), random: (random.next(), random.next()))
                #expect(id.description.hasPrefix("key_0123456789ab7"))
                #expect("89ab".contains(id.description.dropFirst(20).first ?? "?"))
            }
        }
    }

    @Test func laterIDsSortBehind() {
        let early = KeyID(at: Timestamp(seconds: 1), random: (.max, .max))
        let late = KeyID(at: Timestamp(microseconds: 1_001_000), random: (0, 0))
        #expect(early < late)
        #expect(early.description < late.description)
    }

    @Test(arguments: [
        "", "key_", "key_0123456789abcdef0123456789abcde", "key_0123456789abcdef0123456789abcdef0", "0123456789abcdef0123456789abcdef",
        "key_0123456789ABCDEF0123456789abcdef", "key_+123456789abcdef0123456789abcdef", "KEY_0123456789abcdef0123456789abcdef",
        "key_0123456789abcdef0123456789abcdeé",
    ])
    func rejects(_ text: String) {
        #expect(KeyID(text) == nil)
    }
}
