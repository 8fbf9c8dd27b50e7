import Storage
import Testing

@testable import EventLog

@Suite struct RowCheckTests {
    private static func value(_ stored: [UInt8], _ key: [UInt8]) -> [UInt8]? { RowCheck.value(stored.span, key: key.span)?.copy() }

    /// CRC-32 of "123456789" is 0xCBF43926, in whichever places key and value are cut apart.
    @Test func theCheckIsThatOfTheStandard() {
        let text = Array("123456789".utf8)
        for cut in 0...text.count {
            let stored = RowCheck.checked(Array(text[cut...]), key: Array(text[..<cut]))
            #expect(stored.suffix(4) == [0xCB, 0xF4, 0x39, 0x26])
        }
    }

    @Test func everyFlippedBitIsNoticed() {
        let key = Array("key".utf8)
        for length in [0, 1, 7, 8, 40] {
            let value = (0..<length).map { UInt8($0 * 7 & 0xFF) }
            let stored = RowCheck.checked(value, key: key)
            #expect(Self.value(stored, key) == value)
            for bit in 0..<stored.count * 8 {
                var flipped = stored
                flipped[bit / 8] ^= 1 << UInt8(bit % 8)
                #expect(Self.value(flipped, key) == nil)
            }
            #expect(Self.value(stored, Array("kex".utf8)) == nil)
            for cut in 0..<stored.count { #expect(Self.value(Array(stored[..<cut]), key) == nil) }
        }
    }
}
