import Bytes
import TestSupport
import Testing

@Suite("Base62")
struct Base62Tests {
    @Test("Every byte is a digit with its place in the alphabet as its value, or none")
    func values() {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(Base62.value(byte) == alphabet.firstIndex(of: byte).map { UInt8($0) } ?? Base62.notADigit)
        }
    }

    @Test("The digits of a number add up to it by their place values")
    func digits() {
        #expect(Base62.digits(0, count: 3) == Array("000".utf8) && Base62.digits(61, count: 1) == Array("z".utf8))
        withSeed { random in
            for _ in 0..<1_000 {
                let number = random.next() >> UInt64.random(in: 0..<64, using: &random)
                let digits = Base62.digits(number, count: 11)
                #expect(digits.count == 11)
                #expect(digits.reduce(UInt64(0)) { $0 &* 62 &+ UInt64(Base62.value($1)) } == number)
            }
        }
    }
}
