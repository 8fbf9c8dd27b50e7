import Bytes
import Foundation
import TestSupport
import Testing

@Suite("Hexadecimal digits")
struct HexTests {
    @Test("All digits are written, leading zeros included")
    func written() {
        #expect(UInt64(0).hex == "0000000000000000" && UInt8(10).hex == "0a" && UInt32(0xDEAD_BEEF).hex == "deadbeef")
        withSeed { random in
            for _ in 0..<1_000 {
                let number = random.next() >> UInt64.random(in: 0..<64, using: &random)
                #expect(number.hex == String(format: "%016lx", UInt(number)))
            }
        }
    }

    @Test("Every byte is a digit with the value that the standard library gives it, or none")
    func digits() {
        for byte in UInt8.min...UInt8.max {
            let character = Character(UnicodeScalar(byte))
            let value = byte < 0x80 ? character.hexDigitValue : nil
            #expect(byte.hexDigitValue.map { Int($0) } == value)
            #expect(byte.isHexDigit == (value != nil))
            #expect(byte.isLowercaseHexDigit == (value != nil && !character.isUppercase))
        }
        #expect((0..<16).map { UInt8(hexDigitOf: $0) } == Array("0123456789abcdef".utf8))
    }
}
