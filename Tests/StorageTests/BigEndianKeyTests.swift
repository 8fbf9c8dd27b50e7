import Testing

@testable import Storage

@Suite struct BigEndianKeyTests {
    @Test func theMostSignificantByteComesFirst() {
        let key = BigEndianKey(0x0102_0304_0506_0708)
        #expect((0..<8).map { key.storage[$0] } == [1, 2, 3, 4, 5, 6, 7, 8])
    }

    @Test func numbersSurvive() {
        for number in [0, 1, 255, 256, UInt64(UInt32.max), UInt64.max - 1, UInt64.max] {
            let bytes = [0xAA] + BigEndianKey(number).storage.span.copy() + [0xBB]
            let read = bytes.span.bigEndian(at: 1)
            #expect(read == number)
        }
    }
}
