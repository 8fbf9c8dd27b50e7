import KeyEvents
import Testing

@Suite struct KeyStateCodecTests {
    @Test func everyStateSurvives() {
        withSeed { random in
            for _ in 0..<1_000 {
                let state = random.keyState()
                #expect(KeyStateCodec.decode(KeyStateCodec.encode(state)) == state)
            }
        }
    }

    /// Equal dictionaries built in another order iterate in another order; their bytes must be the same.
    @Test func theSameStateGivesTheSameBytes() {
        withSeed { random in
            for _ in 0..<200 {
                var state = random.keyState()
                let bytes = KeyStateCodec.encode(state)
                for _ in 0..<5 {
                    guard let metadata = state.metadata else { break }
                    var other: [String: String] = [:]
                    other.reserveCapacity(Int.random(in: 0...500, using: &random))
                    for (key, value) in metadata.shuffled(using: &random) { other[key] = value }
                    state.metadata = other
                    #expect(KeyStateCodec.encode(state) == bytes)
                }
                #expect(KeyStateCodec.decode(bytes).map { KeyStateCodec.encode($0) } == bytes)
            }
        }
    }

    @Test func withoutPersonalFieldsNothingPersonalIsInTheBytes() {
        withSeed { random in
            for _ in 0..<200 {
                var state = random.keyState()
                let bytes = KeyStateCodec.encode(state, includingPersonal: false)
                state.name = nil
                state.metadata = nil
                #expect(KeyStateCodec.decode(bytes) == state)
                #expect(bytes == KeyStateCodec.encode(state))
            }
        }
    }

    @Test func emptyMetadataIsNotAbsentMetadata() {
        var random = SplitMix64(seed: 3)
        var state = random.keyState()
        state.metadata = [:]
        #expect(KeyStateCodec.decode(KeyStateCodec.encode(state))?.metadata == [:])
        state.metadata = nil
        #expect(KeyStateCodec.decode(KeyStateCodec.encode(state))?.metadata == nil)
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
