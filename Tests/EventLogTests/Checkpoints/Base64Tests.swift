import EventLog
import Foundation
import TestSupport
import Testing

@Suite struct Base64Tests {
    @Test func writesWhatFoundationReads() {
        withSeed { random in
            for length in 0..<200 {
                let bytes = random.bytes(length)
                #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
                #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            }
        }
    }

    /// Of all texts that differ in one character, none stands for the same bytes.
    @Test func noTwoTextsStandForTheSameBytes() {
        withSeed { random in
            for length in 1..<8 {
                let bytes = random.bytes(length)
                let text = Array(Base64.encode(bytes).utf8)
                for place in text.indices {
                    for character in UInt8.min...UInt8.max where character != text[place] {
                        var other = text
                        other[place] = character
                        #expect(Base64.decode(other) != bytes)
                    }
                }
            }
        }
    }

    @Test(arguments: [
        "A", "AA", "AAA", "AA=A", "A===", "====", "AAAA=", "AB==C===", "AAAA====", "QQ=", "Q Q=", "QR==", "QUJ=", "-_-_", "QQ==\n",
    ])
    func refuses(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }
}
