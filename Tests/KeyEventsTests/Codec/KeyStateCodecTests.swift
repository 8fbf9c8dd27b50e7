import Bytes
import KeyEvents
import TestSupport
import Testing

@Suite struct KeyStateCodecTests {
    @Test func everyStateSurvives() {
        withSeed { random in
            for _ in 0..<2_000 {
                let state = random.keyState()
                #expect(KeyStateCodec.decode(KeyStateCodec.encode(state)) == state)
            }
        }
    }

    /// Entries are compared byte for byte after a rebuild.
    @Test func theSameStateGivesTheSameBytes() {
        withSeed { random in
            for _ in 0..<500 {
                let bytes = KeyStateCodec.encode(random.keyState())
                #expect(KeyStateCodec.decode(bytes).map { KeyStateCodec.encode($0) } == bytes)
            }
        }
    }

    /// A name that was set without metadata, or the other way round, is not mistaken for the usual case of one event for both.
    @Test func nameAndMetadataAreKeptApart() {
        let one = SealedFields(dataKeyID: Bytes16(high: 0, low: 0), ciphertext: [1])
        let other = SealedFields(dataKeyID: Bytes16(high: 0, low: 0), ciphertext: [2])
        for name in [nil, one] {
            for metadata in [nil, one, other] {
                var state = KeyState.example
                state.sealedName = name
                state.sealedMetadata = metadata
                #expect(KeyStateCodec.decode(KeyStateCodec.encode(state)) == state)
            }
        }
    }

    @Test func otherBytesAreNoState() {
        #expect(KeyStateCodec.decode([UInt8]()) == nil)
        withSeed { random in
            for _ in 0..<5_000 { _ = KeyStateCodec.decode(random.bytes(Int.random(in: 0...60, using: &random))) }
            let bytes = KeyStateCodec.encode(random.keyState())
            for end in 0..<bytes.count { _ = KeyStateCodec.decode(Array(bytes[..<end])) }
        }
    }
}
